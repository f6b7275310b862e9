import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { QueryWorkgroup } from './constructs/query-workgroup.ts';
import type { LakeBucket } from './constructs/lake-bucket.ts';
import type { Readings } from './constructs/readings.ts';
import type { FunctionsStack } from './functions-stack.ts';
import type { Stage } from './stage.ts';
import { stageName } from './stage-names.ts';

export type WatchDashboardProps = {
  readonly stage: Stage;
  readonly lake: LakeBucket;
  readonly readings: Readings;
  readonly functions: FunctionsStack;
  readonly workgroup: QueryWorkgroup;
};

/** One page that shows how the stage is doing: how much comes in, how late it is, what it costs to ask. */
export class WatchDashboard extends Dashboard {
  constructor(scope: Construct, id: string, props: WatchDashboardProps) {
    const { stage, lake, readings, functions, workgroup } = props;
    const { ingest, rollup } = functions;
    super(scope, id, { dashboardName: stageName(stage), defaultInterval: Duration.days(1) });
    this.addWidgets(
      ...readings.panels().map(({ title, metrics }) => graph(title, ...metrics)),
      graph('Left in the bucket', lake.metricFailedBatches(), lake.metricRuleErrors()),
    );
    this.addWidgets(
      graph('Ingest: batches and errors', ingest.metricInvocations(), ingest.metricErrors()),
      graph(
        'Ingest: duration, ms',
        ingest.metricDuration({ statistic: 'p50' }),
        ingest.metricDuration({ statistic: 'p99' }),
      ),
      graph('Rollup: duration, ms', rollup.metricDuration({ statistic: 'Maximum' })),
      graph('Bytes: in the lake, and read by queries', lake.metricSize(), workgroup.metricBytesScanned()),
    );
  }
}

function graph(title: string, ...left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 6 });
}
