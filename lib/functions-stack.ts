import { CfnOutput, Duration, Size, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Fleet } from '../src/fleet/model.ts';
import { IngestFunction } from './constructs/ingest-function.ts';
import type { LakeBucket } from './constructs/lake-bucket.ts';
import type { ReadingStream } from './constructs/reading-stream.ts';
import { TributaryFunction } from './constructs/tributary-function.ts';
import type { Stage } from './stage.ts';

export type FunctionsStackProps = StackProps & {
  readonly stage: Stage;
  readonly fleets: readonly Fleet[];
  /** the module that the functions take their fleets from; undefined: the shipped ones */
  readonly fleetsModule: string | undefined;
  readonly lake: LakeBucket;
  readonly readings: ReadingStream;
};

/** What works on the lake: ingest behind the stream, and what the schedule calls. */
export class FunctionsStack extends Stack {
  readonly ingest: IngestFunction;
  readonly rollup: TributaryFunction;
  readonly testData: TributaryFunction;
  readonly checkpoint: TributaryFunction;

  constructor(scope: Construct, id: string, props: FunctionsStackProps) {
    super(scope, id, props);
    const { stage, fleets, fleetsModule, lake, readings } = props;
    this.ingest = new IngestFunction(this, 'Ingest', { stage, fleets, fleetsModule, lake, readings });
    const asking = {
      stage,
      fleetsModule,
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
    this.testData = new TributaryFunction(this, 'TestData', {
      ...asking,
      name: 'test-data',
      description: 'Holds the lake against the data tests of its fleets',
    });
    this.checkpoint = new TributaryFunction(this, 'Checkpoint', {
      stage,
      fleetsModule,
      name: 'checkpoint',
      description: 'Writes the checkpoints that are due, so that no reader replays a long log',
      memorySize: 1769,
      timeout: Duration.minutes(15),
    });
    for (const client of [this.rollup, this.testData, this.checkpoint]) lake.connect(client);
    new CfnOutput(this, 'IngestFunctionName', { value: this.ingest.functionName });
    new CfnOutput(this, 'RollupFunctionName', { value: this.rollup.functionName });
    new CfnOutput(this, 'CheckpointFunctionName', { value: this.checkpoint.functionName });
  }
}
