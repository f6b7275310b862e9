import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { COLORS } from '../../lib/quicksight/colors.ts';
import type { Fleet, Tile } from '../../src/fleet/model.ts';
import { loadPlant } from '../support/tile-lake.ts';
import {
  QUICKSIGHT_PRINCIPAL,
  resourcesOf,
  stageOf,
  synthesise,
  type Resource,
  type Synthesis,
} from './support/synthesise.ts';

const SYNTH = 120_000;
let plant: Fleet;
let synthesis: Synthesis;

beforeAll(async () => {
  plant = await loadPlant();
  synthesis = synthesise({ stage: 'prod', fleets: [plant] });
}, SYNTH);

const made = (type: string) => resourcesOf(synthesis, `AWS::QuickSight::${type}`);

/** What stands under `key`, anywhere in a template. */
function findAll(value: unknown, key: string): any[] {
  if (Array.isArray(value)) return value.flatMap((each) => findAll(each, key));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => [
    ...(name === key ? [each] : []),
    ...findAll(each, key),
  ]);
}

type InputColumn = { readonly Name: string; readonly Type: string };

function columnsOf({ Properties }: Resource): readonly InputColumn[] {
  const [table] = Object.values<any>(Properties['PhysicalTableMap']);
  return table.RelationalTable?.InputColumns ?? table.CustomSql.Columns;
}

/** Of the dashboard's data sets, by what its definition calls them. */
function columnsByIdentifier(definition: unknown): ReadonlyMap<string, readonly InputColumn[]> {
  const sets = new Map(made('DataSet').map((each) => [each.id, each]));
  return new Map(
    (findAll(definition, 'DataSetIdentifierDeclarations')[0] as any[]).map(({ Identifier, DataSetArn }) => [
      Identifier as string,
      columnsOf(sets.get(DataSetArn['Fn::GetAtt'][0])!),
    ]),
  );
}

const KINDS: Readonly<Record<Tile['kind'], string>> = {
  number: 'TableVisual',
  trend: 'LineChartVisual',
  bars: 'BarChartVisual',
  histogram: 'HistogramVisual',
  table: 'TableVisual',
  map: 'GeospatialMapVisual',
  oee: 'BarChartVisual',
  timeline: 'TableVisual',
};

describe('dashboards in QuickSight', () => {
  it('are left out where nobody is there to own them', { timeout: SYNTH }, () => {
    expect(stageOf('dev').cloud.dashboards).toBeUndefined();
    expect(resourcesOf(stageOf('dev')).filter(({ Type }) => Type.startsWith('AWS::QuickSight'))).toEqual([]);
  });

  it('pass every check, not even a warning', () => {
    const report = JSON.parse(readFileSync(join(synthesis.outdir, 'validation-report.json'), 'utf8')) as {
      pluginReports: { violations: unknown[] }[];
    };
    expect(report.pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
  });

  it('show the tiles in their order, each as what its kind is there', () => {
    const [dashboard] = made('Dashboard');
    const [visuals] = findAll(dashboard!.Properties['Definition'], 'Visuals');
    const shown = (visuals as object[]).map((visual) => {
      const [[kind, of]] = Object.entries(visual) as [[string, unknown]];
      return [findAll(of, 'Title')[0].FormatText.PlainText, kind];
    });
    expect(shown).toEqual(plant.tiles.map(({ title, kind }) => [title, KINDS[kind]]));
  });

  it('lay every visual out once, none over another', () => {
    const [elements] = findAll(made('Dashboard')[0]!.Properties['Definition'], 'Elements') as [any[]];
    const visuals = findAll(made('Dashboard')[0]!.Properties['Definition'], 'VisualId');
    expect(elements.map(({ ElementId }) => ElementId)).toEqual(visuals);
    const cells = elements.flatMap(({ ColumnIndex, ColumnSpan, RowIndex, RowSpan }) =>
      Array.from({ length: ColumnSpan * RowSpan }, (_, i) => [
        ColumnIndex + (i % ColumnSpan),
        RowIndex + Math.floor(i / ColumnSpan),
      ]),
    );
    expect(new Set(cells.map(String)).size).toBe(cells.length);
    expect(Math.max(...cells.map(([column]) => column))).toBeLessThan(36);
  });

  it.each(['Dashboard', 'Analysis'])(
    'name in a %s columns that its data sets have, and no others',
    (type) => {
      const definition = made(type)[0]!.Properties['Definition'];
      const columns = columnsByIdentifier(definition);
      const calculated = (definition.CalculatedFields as any[]).map(
        ({ DataSetIdentifier, Name }) => `${DataSetIdentifier}/${Name}`,
      );
      const named = findAll(definition, 'Column') as { DataSetIdentifier: string; ColumnName: string }[];
      expect(named.length).toBeGreaterThan(plant.tiles.length);
      for (const { DataSetIdentifier, ColumnName } of named) {
        const known = columns.get(DataSetIdentifier)!.map(({ Name }) => Name);
        const isCalculated = calculated.includes(`${DataSetIdentifier}/${ColumnName}`);
        expect(isCalculated || known.includes(ColumnName), `${DataSetIdentifier}.${ColumnName}`).toBe(true);
      }
      for (const { DataSetIdentifier, Expression } of definition.CalculatedFields) {
        const known = columns.get(DataSetIdentifier)!.map(({ Name }) => Name);
        const used = Array.from((Expression as string).matchAll(/\{(\w+)\}/g), ([, name]) => name);
        expect(used.length).toBeGreaterThan(0);
        for (const name of used) expect(known).toContain(name);
      }
    },
  );

  it('give each field the kind that its column has', () => {
    const definition = made('Dashboard')[0]!.Properties['Definition'];
    const columns = columnsByIdentifier(definition);
    const calculated = (definition.CalculatedFields as any[]).map(({ Name }) => Name as string);
    const typesOf = (key: string) =>
      findAll(definition, key)
        .filter(({ Column }) => !calculated.includes(Column.ColumnName))
        .map(
          ({ Column }) =>
            columns.get(Column.DataSetIdentifier)!.find(({ Name }) => Name === Column.ColumnName)!.Type,
        );
    expect(new Set(typesOf('DateDimensionField'))).toEqual(new Set(['DATETIME']));
    expect(new Set(typesOf('CategoricalDimensionField'))).toEqual(new Set(['STRING']));
    for (const type of typesOf('NumericalMeasureField')) expect(['INTEGER', 'DECIMAL']).toContain(type);
  });

  it('weigh the mean of a window by what it holds', () => {
    const [dashboard] = made('Dashboard');
    expect(dashboard!.Properties['Definition'].CalculatedFields).toEqual([
      {
        DataSetIdentifier: 'secondly',
        Name: 'avg_weight_kg, by readings',
        Expression:
          'sum(ifelse(isNull({avg_weight_kg}), 0, {avg_weight_kg} * {readings})) / sum(ifelse(isNull({avg_weight_kg}), 0, {readings}))',
      },
    ]);
  });

  it('keep aggregates in SPICE, refreshed every hour, and ask for what is newest', () => {
    const modes = made('DataSet').map(({ Properties }) => [
      Properties['DataSetId'],
      Properties['ImportMode'],
    ]);
    const spice = modes.filter(([, mode]) => mode === 'SPICE').map(([id]) => id);
    expect(spice).toEqual(['tributary-prod-plant-secondly']);
    expect(modes.length).toBeGreaterThan(1);
    expect(made('RefreshSchedule').map(({ Properties }) => Properties['DataSetId'])).toEqual(spice);
    expect(made('RefreshSchedule')[0]!.Properties['Schedule']).toMatchObject({
      RefreshType: 'FULL_REFRESH',
      ScheduleFrequency: { Interval: 'HOURLY' },
    });
  });

  it('read aggregates from the views in UTC that the catalog has, with its columns', () => {
    const views = new Map(
      resourcesOf(synthesis, 'AWS::Glue::Table').map(({ Properties }) => [
        Properties['TableInput'].Name,
        Properties['TableInput'].StorageDescriptor.Columns.map(({ Name }: InputColumn) => Name),
      ]),
    );
    for (const dataSet of made('DataSet').filter(({ Properties }) => Properties['ImportMode'] === 'SPICE')) {
      const [{ RelationalTable }] = Object.values<any>(dataSet.Properties['PhysicalTableMap']) as [any];
      expect(RelationalTable).toMatchObject({ Catalog: 'AwsDataCatalog', Schema: 'tributary_prod' });
      for (const { Name } of columnsOf(dataSet)) expect(views.get(RelationalTable.Name)).toContain(Name);
    }
  });

  it('are deployed after the tables and views that they read', () => {
    expect(synthesis.cloud.dashboards!.dependencies).toContain(synthesis.cloud.catalog);
  });

  it('belong to the principal, every asset of them: without permissions nobody would see it', () => {
    for (const type of ['DataSource', 'DataSet', 'Analysis', 'Dashboard', 'Theme']) {
      expect(made(type).length).toBeGreaterThan(0);
      for (const { Properties } of made(type)) {
        const [permission, ...more] = Properties['Permissions'] as { Principal: string; Actions: string[] }[];
        expect(more).toEqual([]);
        expect(permission!.Principal).toBe(QUICKSIGHT_PRINCIPAL);
        const asset = type === 'Analysis' ? 'Analysis' : type;
        expect(permission!.Actions).toContain(`quicksight:Describe${asset}`);
      }
    }
  });

  it('ask Athena in the stage’s workgroup, over TLS, with a role that reads this lake and no other', () => {
    const [source] = made('DataSource');
    expect(source!.Properties).toMatchObject({
      Type: 'ATHENA',
      SslProperties: { DisableSsl: false },
      DataSourceParameters: { AthenaParameters: { RoleArn: { 'Fn::GetAtt': [expect.any(String), 'Arn'] } } },
    });
  });

  it('read with a role that can change nothing: it writes answers of Athena, and deletes nowhere', () => {
    const reader = resourcesOf(synthesis, 'AWS::IAM::Policy').filter(({ id }) => id.startsWith('Reader'));
    expect(reader.map(({ concern }) => concern).sort()).toEqual(['dashboards', 'grafana']);
    for (const { Properties } of reader) {
      const statements = (Properties['PolicyDocument'].Statement as any[]).map(({ Action, Resource }) => ({
        actions: [Action].flat() as string[],
        on: JSON.stringify(Resource),
      }));
      const writing = statements.filter(({ actions }) =>
        actions.some((action) => !/:(Get|List|BatchGet|Start|Stop)|^kms:Decrypt$/.test(action)),
      );
      expect(writing.map(({ actions, on }) => [actions, /query-results/.test(on) || /Key/.test(on)])).toEqual(
        [
          [expect.arrayContaining(['s3:PutObject']), true],
          [['kms:Decrypt', 'kms:GenerateDataKey'], true],
        ],
      );
      expect(statements.find(({ on }) => on.includes('/lake/*'))?.actions).toEqual(['s3:GetObject']);
      expect(statements.find(({ on }) => on.includes(':workgroup/'))?.on).toContain('tributary-prod');
      expect(statements.find(({ on }) => on.includes(':database/'))?.on).toContain('table/tributary_prod/*');
    }
  });

  it('have the stage in all of their names, and what CloudFormation knows them by', () => {
    const ids = ['DataSourceId', 'DataSetId', 'AnalysisId', 'DashboardId', 'ThemeId', 'Name'];
    const names = resourcesOf(synthesis)
      .filter(({ Type }) => Type.startsWith('AWS::QuickSight::') || Type.startsWith('AWS::Grafana::'))
      .flatMap(({ Properties }) => ids.flatMap((id) => (Properties[id] as string | undefined) ?? []));
    expect(names.length).toBeGreaterThan(15);
    for (const name of names) expect(name).toMatch(/^tributary-prod\b/);
  });

  it('tell a map which columns are places', () => {
    const tags = findAll(
      made('DataSet').map(({ Properties }) => Properties),
      'TagColumnOperation',
    );
    expect(tags).toEqual([
      { ColumnName: 'latitude', Tags: [{ ColumnGeographicRole: 'LATITUDE' }] },
      { ColumnName: 'longitude', Tags: [{ ColumnGeographicRole: 'LONGITUDE' }] },
    ]);
  });

  it('have the colours of the page', () => {
    const css = readFileSync(new URL('../../dashboard/src/styles/theme.css', import.meta.url), 'utf8');
    const light = css.slice(0, css.indexOf("[data-theme='dark']"));
    for (const [name, color] of Object.entries(COLORS))
      expect(light.toUpperCase()).toContain(`--${name}: ${color};`.toUpperCase());
  });
});

describe('the workspace of Grafana', () => {
  it('is there where somebody asks for it, and reads with a role that is ours', { timeout: SYNTH }, () => {
    expect(stageOf('dev').cloud.grafana).toBeUndefined();
    const [workspace, ...more] = resourcesOf(synthesis, 'AWS::Grafana::Workspace');
    expect(more).toEqual([]);
    expect(workspace!.Properties).toMatchObject({
      PermissionType: 'CUSTOMER_MANAGED',
      AccountAccessType: 'CURRENT_ACCOUNT',
      AuthenticationProviders: ['AWS_SSO'],
      DataSources: ['ATHENA'],
    });
  });

  it('lets Grafana take the role for this account’s workspaces only', () => {
    const trusts = findAll(
      resourcesOf(synthesis, 'AWS::IAM::Role').map(({ Properties }) => Properties),
      'AssumeRolePolicyDocument',
    ).flatMap(({ Statement }) => Statement as { Principal: { Service: string }; Condition?: unknown }[]);
    const [trust] = trusts.filter(({ Principal }) => Principal.Service === 'grafana.amazonaws.com');
    expect(trust!.Condition).toMatchObject({
      StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
    });
  });
});
