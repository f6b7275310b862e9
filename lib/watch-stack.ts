import { ArnFormat, CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { LakeBucket } from './constructs/lake-bucket.ts';
import type { Readings, Watch } from './constructs/readings.ts';
import type { QueryWorkgroup } from './constructs/query-workgroup.ts';
import type { DevicesStack } from './devices-stack.ts';
import type { FunctionsStack } from './functions-stack.ts';
import type { ScheduleStack } from './schedule-stack.ts';
import type { Stage } from './stage.ts';
import { stageName } from './stage-names.ts';
import { WatchDashboard } from './watch-dashboard.ts';

export type WatchStackProps = StackProps & {
  readonly stage: Stage;
  readonly lake: LakeBucket;
  readonly readings: Readings;
  readonly functions: FunctionsStack;
  readonly devices: DevicesStack;
  readonly schedule: ScheduleStack;
  readonly workgroup: QueryWorkgroup;
  /** who is told; undefined: whoever subscribes to the topic later */
  readonly alarmEmail: string | undefined;
};

const PERIOD = Duration.minutes(5);

/** Alarms on what loses data, delays it, or wants a person; the topic that tells; a page that shows. */
export class WatchStack extends Stack {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: WatchStackProps) {
    super(scope, id, props);
    const { stage, lake, alarmEmail } = props;
    this.topic = new Topic(this, 'Alarms', {
      displayName: `Tributary ${stage.name}`,
      masterKey: lake.key,
      enforceSSL: true,
    });
    this.admitAlarms();
    if (alarmEmail !== undefined) this.topic.addSubscription(new EmailSubscription(alarmEmail));
    for (const { name, of, metric, above, periods, means } of watches(props)) {
      const parts = [name, ...(of === undefined ? [] : [of])];
      const alarm = new Alarm(this, `Alarm-${parts.join('-')}`, {
        alarmName: stageName(stage, ...parts),
        alarmDescription: `${means}. What to do: docs/runbook.md, "${name}".`,
        metric,
        threshold: above,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: periods,
        // services say nothing when nothing happens
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(new SnsAction(this.topic));
      alarm.addOkAction(new SnsAction(this.topic));
    }
    new WatchDashboard(this, 'Dashboard', props);
    new CfnOutput(this, 'AlarmTopicArn', { value: this.topic.topicArn });
  }

  /** A topic with a policy of its own no longer lets the account's services in by default. */
  private admitAlarms(): void {
    const alarms = this.formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsMayPublish',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { ArnLike: { 'aws:SourceArn': alarms } },
      }),
    );
  }
}

function watches({ stage, lake, readings, functions, devices, schedule }: WatchStackProps): readonly Watch[] {
  const options = { period: PERIOD };
  const { ingest, recover } = functions;
  return [
    ...readings.watches(options, { stage, ingest }),
    {
      name: 'failed-batches',
      metric: lake.metricFailedBatches(options),
      above: 0,
      periods: 1,
      means:
        'The event source gave a batch up and left it in the bucket; the function recover brings it back',
    },
    {
      name: 'rule-errors',
      metric: lake.metricRuleErrors(options),
      above: 0,
      periods: 1,
      means:
        'A rule could not put a message on the stream and left it in the bucket, from where recover takes it',
    },
    ...devices.rules.metricsOfTroubles(options).map(({ rule, metric }): Watch => ({
      name: 'rule-troubles',
      of: rule,
      metric,
      above: 0,
      periods: 1,
      means: `${rule} was throttled, could not read a message, or a device named a rule that there is not`,
    })),
    {
      name: 'ingest-errors',
      metric: ingest.metricErrors(options),
      above: 0,
      periods: 2,
      means: 'Ingest failed and tries again: nothing is lost yet',
    },
    {
      name: 'ingest-throttles',
      metric: ingest.metricThrottles(options),
      above: 0,
      periods: 3,
      means: 'The account runs too many functions at once for ingest to start',
    },
    {
      name: 'refused-tables',
      metric: ingest.metricOwn('refusedTables', options),
      above: 0,
      periods: 1,
      means: 'A table refuses all that comes for it, which goes to the quarantine instead',
    },
    {
      name: 'recovery',
      metric: recover.metricOwn('unrecovered', options),
      above: 0,
      periods: 1,
      means: 'What was left in the bucket could not be brought back; it stays there and is tried again',
    },
    ...schedule.stateMachines.map((machine): Watch => ({
      name: 'schedule',
      of: machine.label,
      metric: machine.metricTroubles(options),
      above: 0,
      periods: 1,
      means: `A step of ${machine.label} failed after three attempts, or they did not end in time`,
    })),
  ];
}
