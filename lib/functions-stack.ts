import { CfnOutput, Duration, Size, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Fleet } from '../src/fleet/model.ts';
import { DataTestFunction } from './constructs/data-test-function.ts';
import type { GivenUpQueue } from './constructs/given-up-queue.ts';
import { IngestFunction } from './constructs/ingest-function.ts';
import type { LakeBucket } from './constructs/lake-bucket.ts';
import type { Readings } from './constructs/readings.ts';
import { RecoverFunction } from './constructs/recover-function.ts';
import { type FunctionBuild, TributaryFunction } from './constructs/tributary-function.ts';
import type { Stage } from './stage.ts';

export type FunctionsStackProps = StackProps & {
  readonly stage: Stage;
  readonly fleets: readonly Fleet[];
  readonly build: FunctionBuild;
  readonly lake: LakeBucket;
  readonly givenUp: GivenUpQueue;
  readonly readings: Readings;
};

/** What works on the lake: ingest behind the stream, and what the schedule calls. */
export class FunctionsStack extends Stack {
  readonly ingest: IngestFunction;
  readonly rollup: TributaryFunction;
  readonly testData: TributaryFunction;
  readonly checkpoint: TributaryFunction;
  readonly optimize: TributaryFunction;
  readonly vacuum: TributaryFunction;
  readonly recover: RecoverFunction;
  readonly replay: TributaryFunction;

  constructor(scope: Construct, id: string, props: FunctionsStackProps) {
    super(scope, id, props);
    const { stage, fleets, build, lake, givenUp, readings } = props;
    this.ingest = new IngestFunction(this, 'Ingest', { stage, fleets, build, lake, readings });
    const asking = {
      stage,
      build,
      // the most that a new account allows
      memorySize: 3008,
      timeout: Duration.minutes(15),
      // DuckDB reads staged files, and spills beside them
      ephemeralStorageSize: Size.gibibytes(4),
      nativePackages: ['@duckdb/node-api'],
    };
    this.rollup = new TributaryFunction(this, 'Rollup', {
      ...asking,
      name: 'rollup',
      description: 'Recomputes the windows that new data touched',
    });
    this.testData = new DataTestFunction(this, 'TestData', { stage, build, lake });
    const working = { stage, build, memorySize: 1769, timeout: Duration.minutes(15) };
    this.checkpoint = new TributaryFunction(this, 'Checkpoint', {
      ...working,
      name: 'checkpoint',
      description: 'Writes the checkpoints that are due, so that no reader replays a long log',
    });
    this.optimize = new TributaryFunction(this, 'Optimize', {
      ...working,
      // it holds the rows of the files that it puts together
      memorySize: 3008,
      name: 'optimize',
      description: 'Makes many small files of the tables few large ones',
    });
    this.vacuum = new TributaryFunction(this, 'Vacuum', {
      ...working,
      name: 'vacuum',
      description: 'Deletes files and commits that nothing refers to any more, after their retention',
    });
    this.recover = new RecoverFunction(this, 'Recover', { stage, build, lake, givenUp, readings });
    this.replay = new TributaryFunction(this, 'Replay', {
      ...working,
      memorySize: 3008,
      name: 'replay',
      description: 'Tries what the quarantine holds under today’s definitions; called by hand',
    });
    const { rollup, checkpoint, optimize, vacuum, replay } = this;
    for (const client of [rollup, checkpoint, optimize, vacuum, replay]) lake.connect(client);
    lake.connectVacuum(vacuum);
    for (const name of NAMES) {
      const output = `${name.charAt(0).toUpperCase()}${name.slice(1)}FunctionName`;
      new CfnOutput(this, output, { value: this[name].functionName });
    }
  }

  get all(): readonly TributaryFunction[] {
    return NAMES.map((name) => this[name]);
  }
}

/** Somebody may want to type the names that they have in the account: to read their logs, or to call them. */
const NAMES = [
  'ingest',
  'rollup',
  'testData',
  'checkpoint',
  'optimize',
  'vacuum',
  'recover',
  'replay',
] as const;
