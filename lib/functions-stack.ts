import { CfnOutput, Duration, Size, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Fleet } from '../src/fleet/model.ts';
import type { GivenUpQueue } from './constructs/given-up-queue.ts';
import { IngestFunction } from './constructs/ingest-function.ts';
import type { LakeBucket } from './constructs/lake-bucket.ts';
import type { ReadingStream } from './constructs/reading-stream.ts';
import { RecoverFunction } from './constructs/recover-function.ts';
import { type FunctionBuild, TributaryFunction } from './constructs/tributary-function.ts';
import type { Stage } from './stage.ts';

export type FunctionsStackProps = StackProps & {
  readonly stage: Stage;
  readonly fleets: readonly Fleet[];
  readonly build: FunctionBuild;
  readonly lake: LakeBucket;
  readonly givenUp: GivenUpQueue;
  readonly readings: ReadingStream;
};

/** What works on the lake: ingest behind the stream, and what the schedule calls. */
export class FunctionsStack extends Stack {
  readonly ingest: IngestFunction;
  readonly rollup: TributaryFunction;
  readonly checkpoint: TributaryFunction;
  readonly recover: RecoverFunction;
  readonly replay: TributaryFunction;

  constructor(scope: Construct, id: string, props: FunctionsStackProps) {
    super(scope, id, props);
    const { stage, fleets, build, lake, givenUp, readings } = props;
    this.ingest = new IngestFunction(this, 'Ingest', { stage, fleets, build, lake, readings });
    this.rollup = new TributaryFunction(this, 'Rollup', {
      stage,
      build,
      name: 'rollup',
      description: 'Recomputes the windows that new data touched',
      // the most that a new account allows
      memorySize: 3008,
      timeout: Duration.minutes(15),
      // DuckDB reads staged files, and spills beside them
      ephemeralStorageSize: Size.gibibytes(4),
      nativePackages: ['@duckdb/node-api'],
    });
    this.checkpoint = new TributaryFunction(this, 'Checkpoint', {
      stage,
      build,
      name: 'checkpoint',
      description: 'Writes the checkpoints that are due, so that no reader replays a long log',
      memorySize: 1769,
      timeout: Duration.minutes(15),
    });
    this.recover = new RecoverFunction(this, 'Recover', { stage, build, lake, givenUp, readings });
    this.replay = new TributaryFunction(this, 'Replay', {
      stage,
      build,
      name: 'replay',
      description: 'Tries what the quarantine holds under today’s definitions; called by hand',
      memorySize: 3008,
      timeout: Duration.minutes(15),
    });
    for (const client of [this.rollup, this.checkpoint, this.replay]) lake.connect(client);
    for (const name of ['ingest', 'rollup', 'checkpoint', 'recover', 'replay'] as const) {
      const output = `${name.charAt(0).toUpperCase()}${name.slice(1)}FunctionName`;
      new CfnOutput(this, output, { value: this[name].functionName });
    }
  }
}
