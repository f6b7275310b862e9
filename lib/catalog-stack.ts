import { Aws, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnNamedQuery } from 'aws-cdk-lib/aws-athena';
import { CfnDatabase } from 'aws-cdk-lib/aws-glue';
import type { Construct } from 'constructs';
import { sqlName as sqlNameOf, tableSchema, utcView } from '../src/fleet/index.ts';
import type { Fleet, Table } from '../src/fleet/model.ts';
import { catalogTables } from './catalog-tables.ts';
import { AthenaView } from './constructs/athena-view.ts';
import { DeltaTable } from './constructs/delta-table.ts';
import type { LakeBucket } from './constructs/lake-bucket.ts';
import { QueryWorkgroup } from './constructs/query-workgroup.ts';
import type { View } from './presto-view.ts';
import type { Stage } from './stage.ts';
import { stageIdentifier } from './stage-names.ts';

export type CatalogStackProps = StackProps & {
  readonly stage: Stage;
  readonly fleets: readonly Fleet[];
  readonly lake: LakeBucket;
  /** the view of a table's current rows, over the table's own columns; SQL that Athena takes */
  readonly currentView: (table: Table) => View;
};

/** The lake as SQL sees it: a database with every table, and a workgroup to ask in. */
export class CatalogStack extends Stack {
  readonly databaseName: string;
  readonly workgroup: QueryWorkgroup;

  constructor(scope: Construct, id: string, props: CatalogStackProps) {
    super(scope, id, props);
    const { stage, fleets, lake, currentView } = props;
    this.databaseName = stageIdentifier(stage);
    const database = new CfnDatabase(this, 'Database', {
      catalogId: Aws.ACCOUNT_ID,
      databaseInput: { name: this.databaseName, description: `Tributary's ${stage.name} lake` },
    });
    this.workgroup = new QueryWorkgroup(this, 'Query', { stage, lake });
    for (const table of catalogTables(fleets)) {
      const { sqlName, description, path, schema, comments, newest } = table;
      const entry = new DeltaTable(this, sqlName, {
        databaseName: this.databaseName,
        tableName: sqlName,
        description,
        location: lake.tableLocation(path),
        schema,
        comments,
      });
      entry.node.addDependency(database);
      const query = new CfnNamedQuery(this, `${sqlName}-newest`, {
        name: `newest of ${sqlName}`,
        description,
        database: this.databaseName,
        workGroup: this.workgroup.workgroup.name,
        queryString: `select *\nfrom ${sqlName}\norder by ${newest} desc\nlimit 100`,
      });
      query.addResourceDependency(this.workgroup.workgroup);
    }
    const currentViews = new Map<string, View>();
    for (const table of fleets.flatMap((fleet) => Object.values(fleet.tables))) {
      const view = currentView(table);
      currentViews.set(sqlNameOf(table.fleet, table.name), view);
      const entry = new AthenaView(this, view.name, {
        databaseName: this.databaseName,
        view,
        schema: tableSchema(table),
        description: `One row an identity of ${table.fleet}_${table.name}, the later arrival`,
      });
      entry.node.addDependency(database);
    }
    for (const { sqlName: name, schema } of catalogTables(fleets)) {
      const view = currentViews.get(name);
      const utc = utcView({ name, schema, ...(view === undefined ? {} : { view }) });
      const entry = new AthenaView(this, utc.name, {
        databaseName: this.databaseName,
        view: utc,
        schema: utc.schema,
        description: `${view?.name ?? name} for tools that know no time zones: times are UTC's`,
      });
      entry.node.addDependency(database);
    }
    new CfnOutput(this, 'DatabaseName', { value: this.databaseName });
    new CfnOutput(this, 'WorkgroupName', { value: this.workgroup.workgroup.name });
  }
}
