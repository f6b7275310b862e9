import { Aws } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-glue';
import { Construct } from 'constructs';
import type { StructType } from '../../src/columns/types.ts';
import { glueType } from '../../src/fleet/glue-type.ts';

export type DeltaTableProps = {
  readonly databaseName: string;
  /** in SQL */
  readonly tableName: string;
  readonly description: string;
  /** `s3://bucket/lake/weather/observations/` */
  readonly location: string;
  readonly schema: StructType;
  /** what a column is, where it says: its unit, say */
  readonly comments?: Readonly<Record<string, string>>;
};

/**
 * A Delta table in the Glue catalog. Athena and Trino know it by the provider and find it by the SerDe's `path`; they read
 * schema and partitions from the log. So all columns are listed here, partition columns too, and no partition is.
 */
export class DeltaTable extends Construct {
  constructor(scope: Construct, id: string, props: DeltaTableProps) {
    super(scope, id);
    new CfnTable(this, 'Table', {
      catalogId: Aws.ACCOUNT_ID,
      databaseName: props.databaseName,
      tableInput: {
        name: props.tableName,
        description: props.description,
        tableType: 'EXTERNAL_TABLE',
        parameters: {
          EXTERNAL: 'TRUE',
          classification: 'delta',
          table_type: 'DELTA',
          'spark.sql.sources.provider': 'delta',
        },
        storageDescriptor: {
          location: props.location,
          columns: columnsOf(props),
          inputFormat: 'org.apache.hadoop.mapred.SequenceFileInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat',
          serdeInfo: {
            serializationLibrary: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
            parameters: { 'serialization.format': '1', path: props.location },
          },
        },
      },
    });
  }
}

/** Glue's bound on a comment. */
const LONGEST_COMMENT = 255;

function columnsOf({ schema, comments = {} }: DeltaTableProps): CfnTable.ColumnProperty[] {
  return schema.fields.map(({ name, type }) => {
    const comment = comments[name]?.slice(0, LONGEST_COMMENT);
    return { name, type: glueType(type), ...(comment === undefined ? {} : { comment }) };
  });
}
