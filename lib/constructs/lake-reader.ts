import { Aws, Stack, Validations } from 'aws-cdk-lib';
import { type IPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge.ts';
import { type LakeBucket, PREFIX } from './lake-bucket.ts';
import type { QueryWorkgroup } from './query-workgroup.ts';

export type LakeReaderProps = {
  readonly description: string;
  /** who takes the role */
  readonly assumedBy: IPrincipal;
  readonly lake: LakeBucket;
  readonly databaseName: string;
  readonly workgroup: QueryWorkgroup;
};

/** A role that may ask Athena for what is in the lake, in the stage's workgroup, and nothing else. */
export class LakeReader extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: LakeReaderProps) {
    super(scope, id);
    const { description, assumedBy, lake, databaseName, workgroup } = props;
    this.role = new Role(this, 'Role', { description, assumedBy });
    const arn = (service: string, resource: string) =>
      `arn:${Aws.PARTITION}:${service}:${Stack.of(this).region}:${Aws.ACCOUNT_ID}:${resource}`;
    const tables = arn('glue', `table/${databaseName}/*`);
    const data = lake.bucket.arnForObjects(`${PREFIX.lake}/*`);
    const answers = lake.bucket.arnForObjects(`${PREFIX.queryResults}/*`);
    this.allow(ASK, [arn('athena', `workgroup/${workgroup.workgroup.name}`)]);
    this.allow(LOOK_UP, [arn('athena', 'datacatalog/AwsDataCatalog')]);
    this.allow(CHOOSE, ['*']);
    this.allow(FIND_TABLES, [arn('glue', 'catalog'), arn('glue', `database/${databaseName}`), tables]);
    this.allow(['s3:GetObject'], [data]);
    this.allow(KEEP_ANSWERS, [answers]);
    this.allow(
      ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
      [lake.bucket.bucketArn],
    );
    this.allow(['kms:Decrypt', 'kms:GenerateDataKey'], [lake.key.keyArn]);
    acknowledgeWildcard(this.role, tables, 'It may ask for every table and view of the stage’s database.');
    acknowledgeWildcard(
      this.role,
      data,
      'The names of data and commit files are made when they are written.',
    );
    acknowledgeWildcard(this.role, answers, 'Athena names an answer when it is asked.');
    Validations.of(this.role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Lists of workgroups and catalogs, to choose from: these actions know no resources.',
    });
  }

  private allow(actions: readonly string[], resources: readonly string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
  }
}

const ASK = [
  'athena:BatchGetQueryExecution',
  'athena:GetQueryExecution',
  'athena:GetQueryResults',
  'athena:GetQueryResultsStream',
  'athena:GetWorkGroup',
  'athena:StartQueryExecution',
  'athena:StopQueryExecution',
];
const LOOK_UP = [
  'athena:GetDataCatalog',
  'athena:GetDatabase',
  'athena:GetTableMetadata',
  'athena:ListDatabases',
  'athena:ListTableMetadata',
];
const CHOOSE = ['athena:ListDataCatalogs', 'athena:ListWorkGroups'];
const FIND_TABLES = [
  'glue:BatchGetPartition',
  'glue:GetDatabase',
  'glue:GetDatabases',
  'glue:GetPartition',
  'glue:GetPartitions',
  'glue:GetTable',
  'glue:GetTables',
];
const KEEP_ANSWERS = [
  's3:AbortMultipartUpload',
  's3:GetObject',
  's3:ListMultipartUploadParts',
  's3:PutObject',
];
