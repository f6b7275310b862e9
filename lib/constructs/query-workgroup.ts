import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Stage } from '../stage.ts';
import { stageName } from '../stage-names.ts';
import { type LakeBucket, PREFIX } from './lake-bucket.ts';

export type QueryWorkgroupProps = { readonly stage: Stage; readonly lake: LakeBucket };

/** Where people ask Athena: answers go encrypted into the lake's bucket, and a query that reads too much is stopped. */
export class QueryWorkgroup extends Construct {
  readonly workgroup: CfnWorkGroup;

  constructor(scope: Construct, id: string, props: QueryWorkgroupProps) {
    super(scope, id);
    const { stage, lake } = props;
    this.workgroup = new CfnWorkGroup(this, 'Workgroup', {
      name: stageName(stage),
      description: `SQL over the ${stage.name} lake`,
      state: 'ENABLED',
      recursiveDeleteOption: stage.removalPolicy === RemovalPolicy.DESTROY,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: stage.queryScanLimit,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `s3://${lake.bucket.bucketName}/${PREFIX.queryResults}/`,
          expectedBucketOwner: Aws.ACCOUNT_ID,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: lake.key.keyArn },
        },
      },
    });
  }

  /** Bytes that queries read: what Athena charges. */
  metricBytesScanned(options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/Athena',
      metricName: 'ProcessedBytes',
      dimensionsMap: { WorkGroup: this.workgroup.name },
      statistic: 'Sum',
      ...options,
    });
  }
}
