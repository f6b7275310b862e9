import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Fleet } from '../../src/fleet/model.ts';
import type { Stage } from '../stage.ts';
import type { LakeBucket } from './lake-bucket.ts';
import type { Readings } from './readings.ts';
import { type FunctionBuild, TributaryFunction } from './tributary-function.ts';

export type IngestFunctionProps = {
  readonly stage: Stage;
  readonly fleets: readonly Fleet[];
  readonly build: FunctionBuild;
  readonly lake: LakeBucket;
  readonly readings: Readings;
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
    props.readings.feed(this, {
      window: batchingWindow(props.fleets),
      giveUpAfter: props.stage.giveUpAfter,
      lake: props.lake,
    });
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
