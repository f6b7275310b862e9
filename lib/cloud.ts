import { type App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Fleet, Table } from '../src/fleet/model.ts';
import { CatalogStack } from './catalog-stack.ts';
import type { StreamKind } from './constructs/readings.ts';
import type { FunctionBuild } from './constructs/tributary-function.ts';
import { DashboardsStack } from './dashboards-stack.ts';
import { DevicesStack } from './devices-stack.ts';
import { FunctionsStack } from './functions-stack.ts';
import { GrafanaStack } from './grafana-stack.ts';
import { LakeStack } from './lake-stack.ts';
import type { View } from './presto-view.ts';
import { ScheduleStack } from './schedule-stack.ts';
import type { Stage } from './stage.ts';
import { stageName } from './stage-names.ts';
import { StreamStack } from './stream-stack.ts';
import { TablesStack } from './tables-stack.ts';
import { WatchStack } from './watch-stack.ts';

export type CloudProps = {
  readonly stage: Stage;
  readonly fleets: readonly Fleet[];
  /** the view of a table's current rows, over the table's own columns; SQL that Athena takes */
  readonly currentView: (table: Table) => View;
  readonly build: FunctionBuild;
  readonly streamKind: StreamKind;
  /** of a stream of Kinesis; undefined: on demand */
  readonly shards: number | undefined;
  /** whether this stage has the account's log of IoT Core written */
  readonly iotLogging: boolean;
  /**
   * Who is told of alarms.
   *
   * @default - whoever subscribes to their topic later
   */
  readonly alarmEmail?: string | undefined;
  /**
   * Other accounts that may read the lake, by their numbers.
   *
   * @default - none
   */
  readonly readers?: readonly string[];
  /**
   * The ARN of the QuickSight user or group that owns the dashboards there.
   *
   * @default - no dashboards in QuickSight
   */
  readonly quicksightPrincipal?: string | undefined;
  /**
   * Whether there is a workspace of Amazon Managed Grafana.
   *
   * @default false
   */
  readonly grafana?: boolean;
};

/** A stage's stacks. */
export type Cloud = {
  readonly lake: LakeStack;
  readonly stream: StreamStack;
  readonly tables: TablesStack;
  readonly functions: FunctionsStack;
  readonly devices: DevicesStack;
  readonly catalog: CatalogStack;
  readonly schedule: ScheduleStack;
  /** undefined where the stage is not watched */
  readonly watch: WatchStack | undefined;
  /** undefined without somebody in QuickSight to own them */
  readonly dashboards: DashboardsStack | undefined;
  /** undefined where nobody asked for it */
  readonly grafana: GrafanaStack | undefined;
};

/** Puts a stage's stacks into the app, one a concern, and the checks that every template has to pass. */
export function createCloud(
  app: App,
  {
    stage,
    fleets,
    currentView,
    build,
    streamKind,
    shards,
    iotLogging,
    alarmEmail,
    readers = [],
    quicksightPrincipal,
    grafana = false,
  }: CloudProps,
): Cloud {
  const of = (concern: string) => ({
    stage,
    stackName: stageName(stage, concern),
    description: `Tributary ${stage.name}: ${concern}`,
    terminationProtection: stage.terminationProtection,
  });
  const lake = new LakeStack(app, 'lake', { ...of('lake'), readers });
  const stream = new StreamStack(app, 'stream', {
    ...of('stream'),
    lake: lake.lake,
    build,
    kind: streamKind,
    shards,
  });
  const shared = { fleets, lake: lake.lake, readings: stream.readings };
  const tables = new TablesStack(app, 'tables', { ...of('tables'), fleets, build, lake: lake.lake });
  const functions = new FunctionsStack(app, 'functions', {
    ...of('functions'),
    ...shared,
    build,
    givenUp: lake.givenUp,
  });
  const devices = new DevicesStack(app, 'devices', {
    ...of('devices'),
    ...shared,
    build,
    logging: iotLogging,
  });
  const catalog = new CatalogStack(app, 'catalog', {
    ...of('catalog'),
    fleets,
    currentView,
    lake: lake.lake,
  });
  // what writes, lists or shows tables finds them as their definitions say
  for (const user of [functions, catalog]) user.addStackDependency(tables);
  const schedule = new ScheduleStack(app, 'schedule', { ...of('schedule'), fleets, functions });
  // data tests ask Athena
  schedule.addStackDependency(catalog);
  const watch = stage.watched
    ? new WatchStack(app, 'watch', {
        ...of('watch'),
        lake: lake.lake,
        readings: stream.readings,
        functions,
        devices,
        schedule,
        workgroup: catalog.workgroup,
        alarmEmail,
      })
    : undefined;
  const shown = { lake: lake.lake, databaseName: catalog.databaseName, workgroup: catalog.workgroup };
  const dashboards =
    quicksightPrincipal === undefined
      ? undefined
      : new DashboardsStack(app, 'dashboards', {
          ...of('dashboards'),
          ...shown,
          fleets,
          principal: quicksightPrincipal,
        });
  // data sets are made of tables and views that are there
  dashboards?.addStackDependency(catalog);
  const workspace = grafana ? new GrafanaStack(app, 'grafana', { ...of('grafana'), ...shown }) : undefined;
  Tags.of(app).add('application', 'tributary');
  Tags.of(app).add('stage', stage.name);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return {
    lake,
    stream,
    tables,
    functions,
    devices,
    catalog,
    schedule,
    watch,
    dashboards,
    grafana: workspace,
  };
}
