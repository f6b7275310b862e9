import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ENVIRONMENT } from '../../src/environment.ts';
import type { Stage } from '../stage.ts';
import { stageIdentifier, stageName } from '../stage-names.ts';
import { acknowledgeWildcard } from './acknowledge.ts';
import type { LakeBucket } from './lake-bucket.ts';
import { type FunctionBuild, TributaryFunction } from './tributary-function.ts';

export type DataTestFunctionProps = {
  readonly stage: Stage;
  readonly build: FunctionBuild;
  readonly lake: LakeBucket;
};

/** Holds the lake against the data tests of its fleets. It asks Athena and waits: whatever a test reads, the function stays small. */
export class DataTestFunction extends TributaryFunction {
  constructor(scope: Construct, id: string, props: DataTestFunctionProps) {
    const { stage, build, lake } = props;
    super(scope, id, {
      stage,
      build,
      name: 'test-data',
      description: 'Holds the lake against the data tests of its fleets',
      memorySize: 512,
      timeout: Duration.minutes(15),
    });
    const [workgroup, database] = [stageName(stage), stageIdentifier(stage)];
    this.addEnvironment(ENVIRONMENT.athenaWorkgroup, workgroup);
    this.addEnvironment(ENVIRONMENT.athenaDatabase, database);
    // by their names: the stack of the catalog comes after those that work on the lake
    const arnOf = (service: string, resource: string, resourceName?: string) =>
      Stack.of(this).formatArn({
        service,
        resource,
        ...(resourceName === undefined
          ? { arnFormat: ArnFormat.NO_RESOURCE_NAME }
          : { arnFormat: ArnFormat.SLASH_RESOURCE_NAME, resourceName }),
      });
    this.addToRolePolicy(
      new PolicyStatement({
        actions: [
          'athena:GetQueryExecution',
          'athena:GetQueryResults',
          'athena:StartQueryExecution',
          'athena:StopQueryExecution',
        ],
        resources: [arnOf('athena', 'workgroup', workgroup)],
      }),
    );
    const tables = arnOf('glue', 'table', `${database}/*`);
    this.addToRolePolicy(
      new PolicyStatement({
        actions: ['glue:GetDatabase', 'glue:GetPartitions', 'glue:GetTable', 'glue:GetTables'],
        resources: [arnOf('glue', 'catalog'), arnOf('glue', 'database', database), tables],
      }),
    );
    this.addToRolePolicy(
      // Athena looks the account's default database up, whichever one it is asked of
      new PolicyStatement({
        actions: ['glue:GetDatabase'],
        resources: [arnOf('glue', 'catalog'), arnOf('glue', 'database', 'default')],
      }),
    );
    acknowledgeWildcard(
      this.role!,
      tables,
      'Every table and view of the stage’s own database, and of no other.',
    );
    lake.connectQueries(this);
  }
}
