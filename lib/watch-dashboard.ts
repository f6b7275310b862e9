import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { LakeBucket } from './constructs/lake-bucket.ts';
import type { QueryWorkgroup } from './constructs/query-workgroup.ts';
import type { Readings } from './constructs/readings.ts';
import type { DevicesStack } from './devices-stack.ts';
import type { FunctionsStack } from './functions-stack.ts';
import type { ScheduleStack } from './schedule-stack.ts';
import type { Stage } from './stage.ts';
import { stageName } from './stage-names.ts';

export type WatchDashboardProps = {
  readonly stage: Stage;
  readonly lake: LakeBucket;
  readonly readings: Readings;
  readonly functions: FunctionsStack;
  readonly devices: DevicesStack;
  readonly schedule: ScheduleStack;
  readonly workgroup: QueryWorkgroup;
};

/** What a stack does, in a row. */
type Section = { readonly title: string; readonly graphs: readonly GraphWidget[] };

/** CloudWatch's own bound: widgets lie on a grid of so many columns. */
const COLUMNS = 24;

/** One page that shows how the stage is doing, a section a stack, in the order that messages take. */
export class WatchDashboard extends Dashboard {
  constructor(scope: Construct, id: string, props: WatchDashboardProps) {
    super(scope, id, { dashboardName: stageName(props.stage), defaultInterval: Duration.days(1) });
    for (const { title, graphs } of sections(props)) {
      this.addWidgets(new TextWidget({ markdown: `## ${title}`, width: COLUMNS, height: 1 }));
      this.addWidgets(...graphs);
    }
  }
}

function sections(props: WatchDashboardProps): readonly Section[] {
  const { lake, readings, functions, devices, schedule, workgroup } = props;
  const { ingest, rollup, recover } = functions;
  return [
    {
      title: 'Devices',
      graphs: [
        graph('Messages, by rule', 12, ...devices.rules.metricsOfMessages()),
        graph('Troubles, by rule', 12, ...devices.rules.metricsOfTroubles().map(({ metric }) => metric)),
      ],
    },
    { title: 'Stream', graphs: readings.panels().map(({ title, metrics }) => graph(title, 8, ...metrics)) },
    {
      title: 'Functions',
      graphs: [
        graph('Ingest: batches and errors', 6, ingest.metricInvocations(), ingest.metricErrors()),
        graph(
          'Ingest: duration, ms',
          6,
          ingest.metricDuration({ statistic: 'p50' }),
          ingest.metricDuration({ statistic: 'p99' }),
        ),
        graph('Rollup: duration, ms', 6, rollup.metricDuration({ statistic: 'Maximum' })),
        graph(
          'Errors, by function',
          6,
          ...functions.all.map((each) => each.metricErrors({ label: each.node.id })),
        ),
      ],
    },
    {
      title: 'Schedule',
      graphs: [
        graph(
          'Failed or out of time, by state machine',
          12,
          ...schedule.stateMachines.flatMap((machine) => [
            machine.metricFailed({ label: machine.label }),
            machine.metricTimedOut({ label: `${machine.label}, too long` }),
          ]),
        ),
        graph(
          'How long it took, ms, by state machine',
          12,
          ...schedule.stateMachines.map((machine) =>
            machine.metricTime({ statistic: 'Maximum', label: machine.label }),
          ),
        ),
      ],
    },
    {
      title: 'Lake and queries',
      graphs: [
        graph('Bytes in the lake', 6, lake.metricSize()),
        graph('Bytes that queries read', 6, workgroup.metricBytesScanned()),
        graph('Left in the bucket', 6, lake.metricFailedBatches(), lake.metricRuleErrors()),
        graph('Could not be brought back', 6, recover.metricOwn('unrecovered')),
      ],
    },
  ];
}

function graph(title: string, width: number, ...left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width });
}
