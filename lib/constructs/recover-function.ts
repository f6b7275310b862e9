import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Construct } from 'constructs';
import type { Stage } from '../stage.ts';
import { type GivenUpQueue, RECOVERY_TIMEOUT } from './given-up-queue.ts';
import { type LakeBucket, PREFIX } from './lake-bucket.ts';
import type { Readings } from './readings.ts';
import { type FunctionBuild, TributaryFunction } from './tributary-function.ts';

export type RecoverFunctionProps = {
  readonly stage: Stage;
  readonly build: FunctionBuild;
  readonly lake: LakeBucket;
  readonly givenUp: GivenUpQueue;
  readonly readings: Readings;
};

/** Asks for whatever is still there: the event of a sweep. */
export const SWEEP = { sweep: [`${PREFIX.failedBatches}/`, `${PREFIX.ruleErrors}/`] };

/** Brings back what the event source or a rule left in the bucket. */
export class RecoverFunction extends TributaryFunction {
  constructor(scope: Construct, id: string, props: RecoverFunctionProps) {
    const { stage, build, lake, givenUp, readings } = props;
    super(scope, id, {
      stage,
      build,
      name: 'recover',
      description: 'Brings back by origin what the event source or a rule left in the bucket',
      memorySize: 1769,
      timeout: RECOVERY_TIMEOUT,
    });
    lake.connect(this);
    lake.connectRecovery(this);
    readings.grantDescribe(this.role!);
    this.addEventSource(
      new SqsEventSource(givenUp.queue, {
        batchSize: 1,
        reportBatchItemFailures: true,
        // after an outage there are many, and all go to the same few tables
        maxConcurrency: 2,
      }),
    );
  }
}
