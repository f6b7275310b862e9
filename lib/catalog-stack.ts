import { Aws, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnNamedQuery } from 'aws-cdk-lib/aws-athena';
import { CfnDatabase } from 'aws-cdk-lib/aws-glue';
import type { Construct } from 'constructs';
import type { StructType } from '../src/columns/types.ts';
import { sqlName, tableSchema, utcView } from '../src/fleet/index.ts';
import type { Fleet, Table } from '../src/fleet/model.ts';
import { catalogTables } from './catalog-tables.ts';
import { AthenaView } from './constructs/athena-view.ts';
import { DeltaTable } from './constructs/delta-table.ts';
import type { LakeBucket } from './constructs/lake-bucket.ts';
import { QueryWorkgroup } from './constructs/query-workgroup.ts';
import type { View } from './presto-view.ts';
import { savedQueries } from './saved-queries.ts';
import type { Stage } from './stage.ts';
import { stageIdentifier } from './stage-names.ts';

export type CatalogStackProps = StackProps & {
  readonly stage: Stage;
  readonly fleets: readonly Fleet[];
  readonly lake: LakeBucket;
  /** the view of a table's current rows, over the table's own columns; SQL that Athena takes */
  readonly currentView: (table: Table) => View;
};

/** The lake as SQL sees it: a database with every table and its views, and a workgroup to ask in, with queries to begin with. */
export class CatalogStack extends Stack {
  readonly databaseName: string;
  readonly workgroup: QueryWorkgroup;
  private readonly database: CfnDatabase;

  constructor(scope: Construct, id: string, props: CatalogStackProps) {
    // CloudFormation takes a megabyte, and views of wide tables have long texts
    super(scope, id, { ...props, suppressTemplateIndentation: true });
    const { stage, fleets, lake } = props;
    this.databaseName = stageIdentifier(stage);
    this.database = new CfnDatabase(this, 'Database', {
      catalogId: Aws.ACCOUNT_ID,
      databaseInput: { name: this.databaseName, description: `Tributary's ${stage.name} lake` },
    });
    this.workgroup = new QueryWorkgroup(this, 'Query', { stage, lake });
    this.addTables(props);
    this.addQueries(fleets);
    this.addViews(props);
    new CfnOutput(this, 'DatabaseName', { value: this.databaseName });
    new CfnOutput(this, 'WorkgroupName', { value: this.workgroup.workgroup.name });
  }

  private addTables({ fleets, lake }: CatalogStackProps): void {
    for (const { sqlName: tableName, description, path, schema, comments } of catalogTables(fleets)) {
      const entry = new DeltaTable(this, tableName, {
        databaseName: this.databaseName,
        tableName,
        description,
        location: lake.tableLocation(path),
        schema,
        comments,
      });
      entry.node.addDependency(this.database);
    }
  }

  private addQueries(fleets: readonly Fleet[]): void {
    for (const { table, key, name, description, sql } of savedQueries(fleets)) {
      const query = new CfnNamedQuery(this, `${table}-${key}`, {
        name,
        description,
        database: this.databaseName,
        workGroup: this.workgroup.workgroup.name,
        queryString: sql,
      });
      query.addResourceDependency(this.workgroup.workgroup);
    }
  }

  private addViews({ fleets, currentView }: CatalogStackProps): void {
    const currentViews = new Map<string, View>();
    for (const table of fleets.flatMap((fleet) => Object.values(fleet.tables))) {
      const name = sqlName(table.fleet, table.name);
      const view = currentView(table);
      currentViews.set(name, view);
      this.addView(view, tableSchema(table), `One row an identity of ${name}, the later arrival`);
    }
    for (const { sqlName: name, schema } of catalogTables(fleets)) {
      const view = currentViews.get(name);
      const utc = utcView({ name, schema, ...(view === undefined ? {} : { view }) });
      const of = view?.name ?? name;
      this.addView(utc, utc.schema, `${of} for tools that know no time zones: times are UTC's`);
    }
  }

  /** @param schema what the view's SQL gives */
  private addView(view: View, schema: StructType, description: string): void {
    const { databaseName } = this;
    const entry = new AthenaView(this, view.name, { databaseName, view, schema, description });
    entry.node.addDependency(this.database);
  }
}
