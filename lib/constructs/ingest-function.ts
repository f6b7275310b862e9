import { Duration } from 'aws-cdk-lib';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Construct } from 'constructs';
import type { Fleet } from '../../src/fleet/model.ts';
import type { Stage } from '../stage.ts';
import { FailedBatches } from './failed-batches.ts';
import type { LakeBucket } from './lake-bucket.ts';
import type { ReadingStream } from './reading-stream.ts';
import { type FunctionBuild, TributaryFunction } from './tributary-function.ts';

export type IngestFunctionProps = {
  readonly stage: Stage;
  readonly fleets: readonly Fleet[];
  readonly build: FunctionBuild;
  readonly lake: LakeBucket;
  readonly readings: ReadingStream;
};

/** Takes the stream's batches and commits them to the tables. */
export class IngestFunction extends TributaryFunction {
  constructor(scope: Construct, id: string, props: IngestFunctionProps) {
    super(scope, id, {
      stage: props.stage,
      build: props.build,
      name: 'ingest',
      description: 'Commits batches of the stream to the Delta tables, exactly once',
      memorySize: 1769,
      timeout: Duration.minutes(5),
    });
    props.lake.connect(this);
    this.addEventSource(
      new KinesisEventSource(props.readings.stream, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 10_000,
        maxBatchingWindow: batchingWindow(props.fleets),
        // a table's progress is one position a shard: two batches of a shard at a time would overtake each other
        parallelizationFactor: 1,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        // no limit on attempts: an outage ends, and what is given up waits for somebody to bring it back
        maxRecordAge: props.stage.giveUpAfter,
        onFailure: new FailedBatches(props.lake),
      }),
    );
  }
}

/** Lambda's own bound. */
const LONGEST_WINDOW = 300_000;

/**
 * How long a batch may fill. Each fleet says how long its readings may wait, and all share the stream: the shortest
 * counts. Whole seconds, one at least (Lambda wants a window for batches above ten).
 */
export function batchingWindow(fleets: readonly Fleet[]): Duration {
  const shortest = Math.min(LONGEST_WINDOW, ...fleets.map((fleet) => fleet.batchWindow));
  return Duration.seconds(Math.max(1, Math.floor(shortest / 1000)));
}
