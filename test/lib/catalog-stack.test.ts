import { describe, expect, it } from 'vitest';
import { rollupSchema, tableSchema } from '../../src/fleet/index.ts';
import { presses, wells } from './support/fleets.ts';
import { resourcesOf, stageOf } from './support/synthesise.ts';

const SYNTH = 120_000;

type GlueTable = {
  readonly Name: string;
  readonly TableType: string;
  readonly ViewOriginalText?: string;
  readonly Parameters: Record<string, string>;
  readonly StorageDescriptor: {
    readonly Location: unknown;
    readonly Columns: { readonly Name: string; readonly Type: string; readonly Comment?: string }[];
    readonly SerdeInfo: { readonly Parameters: Record<string, unknown> };
  };
};

const entries = (type: 'EXTERNAL_TABLE' | 'VIRTUAL_VIEW') =>
  resourcesOf(stageOf('dev'), 'AWS::Glue::Table')
    .map(({ Properties }) => Properties['TableInput'] as GlueTable)
    .filter(({ TableType }) => TableType === type);
const tables = () => entries('EXTERNAL_TABLE');
const views = () => entries('VIRTUAL_VIEW');
const tableNamed = (name: string) => tables().find(({ Name }) => Name === name)!;

describe('the catalog', () => {
  it('lists every table of the lake by its name in SQL', { timeout: SYNTH }, () => {
    expect(tables().map(({ Name }) => Name)).toEqual([
      'wells_levels',
      'wells_hourly',
      'presses_forces',
      'quarantine',
    ]);
  });

  it('lists all columns that the tables are written with, in order', () => {
    const names = (name: string) => tableNamed(name).StorageDescriptor.Columns.map(({ Name }) => Name);
    const { levels } = wells.tables;
    expect(names('wells_levels')).toEqual(tableSchema(levels!).fields.map(({ name }) => name));
    expect(names('wells_hourly')).toEqual(
      rollupSchema(wells.rollups['hourly']!, levels!).fields.map(({ name }) => name),
    );
    expect(names('presses_forces')).toEqual(
      tableSchema(presses.tables['forces']!).fields.map(({ name }) => name),
    );
  });

  it('knows types and units', () => {
    expect(tableNamed('wells_levels').StorageDescriptor.Columns).toEqual(
      expect.arrayContaining([
        { Name: 'measured_at', Type: 'timestamp' },
        { Name: 'level_m', Type: 'double', Comment: 'm' },
        { Name: '_payload', Type: 'binary' },
        { Name: '_index', Type: 'int' },
        { Name: '_date', Type: 'date' },
      ]),
    );
  });

  it('says Delta and where, so that Athena and Trino read the log', () => {
    for (const { Parameters, StorageDescriptor } of tables()) {
      expect(Parameters).toMatchObject({ table_type: 'DELTA', 'spark.sql.sources.provider': 'delta' });
      expect(StorageDescriptor.SerdeInfo.Parameters['path']).toEqual(StorageDescriptor.Location);
    }
    const [, parts] = (
      tableNamed('wells_levels').StorageDescriptor.Location as { 'Fn::Join': [string, string[]] }
    )['Fn::Join'];
    expect(parts.at(-1)).toBe('/lake/wells/levels/');
  });

  it('asks with a limit that people cannot lift, into the encrypted bucket', () => {
    const [workgroup] = resourcesOf(stageOf('prod'), 'AWS::Athena::WorkGroup');
    expect(workgroup!.Properties['WorkGroupConfiguration']).toMatchObject({
      EnforceWorkGroupConfiguration: true,
      BytesScannedCutoffPerQuery: 1_000_000_000_000,
      ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'SSE_KMS' } },
    });
  });
});

describe('views', () => {
  type Definition = {
    originalSql: string;
    catalog: string;
    schema: string;
    columns: { name: string; type: string }[];
  };
  const definitionOf = (view: GlueTable): Definition => {
    const [, base64] = /^\/\* Presto View: (\S+) \*\/$/.exec(view.ViewOriginalText!)!;
    return JSON.parse(Buffer.from(base64!, 'base64').toString()) as Definition;
  };

  it(
    'of current rows stand beside every raw table, those in UTC beside every table',
    { timeout: SYNTH },
    () => {
      expect(views().map(({ Name }) => Name)).toEqual([
        'wells_levels_current',
        'presses_forces_current',
        'wells_levels_utc',
        'wells_hourly_utc',
        'presses_forces_utc',
        'quarantine_utc',
      ]);
    },
  );

  it('say the same columns in SELECT, JSON and catalog: Athena calls them stale otherwise', () => {
    for (const view of views()) {
      const { originalSql, columns } = definitionOf(view);
      const list = originalSql
        .replace(/^SELECT /, '')
        .split(' FROM ')[0]!
        .split(', ');
      const selected = list.map((item) => /^(?:CAST\(.* AS (\S+)\) AS )?"(\w+)"$/.exec(item)!);
      expect(selected.map(([, , name]) => name)).toEqual(columns.map(({ name }) => name));
      // what is not cast has the table's own type
      for (const [i, [, type]] of selected.entries()) expect(type ?? columns[i]!.type).toBe(columns[i]!.type);
      expect(columns.filter(({ type }) => type.startsWith('timestamp')).map(({ name }) => name)).toEqual(
        selected.filter(([, type]) => type === 'timestamp(3)').map(([, , name]) => name),
      );
      expect(view.StorageDescriptor.Columns.map(({ Name }) => Name)).toEqual(columns.map(({ name }) => name));
    }
    const ofWells = views().find(({ Name }) => Name === 'wells_levels_current');
    expect(
      Object.fromEntries(definitionOf(ofWells!).columns.map(({ name, type }) => [name, type])),
    ).toMatchObject({
      level_m: 'double',
      measured_at: 'timestamp(3)',
      _payload: 'varbinary',
    });
    expect(ofWells!.StorageDescriptor.Columns).toContainEqual({ Name: 'measured_at', Type: 'timestamp' });
  });

  it('in UTC have types only that every tool takes: no zone, no bytes, nothing nested', () => {
    for (const view of views().filter(({ Name }) => Name.endsWith('_utc'))) {
      const { originalSql, columns } = definitionOf(view);
      for (const { type } of columns)
        expect(type).toMatch(/^(varchar|bigint|integer|double|boolean|date|timestamp\(3\))$/);
      expect(originalSql).toContain(`AT TIME ZONE 'UTC' AS timestamp(3)`);
    }
    const names = (name: string) =>
      views()
        .find(({ Name }) => Name === name)!
        .StorageDescriptor.Columns.map((column) => column.Name);
    expect(names('wells_levels_utc')).toEqual(
      names('wells_levels_current').filter((name) => name !== '_payload'),
    );
    expect(names('quarantine_utc')).not.toContain('payload');
  });

  it('hold nothing that is known at deployment only', () => {
    for (const definition of views().map(definitionOf)) {
      expect(JSON.stringify(definition)).not.toContain('${Token');
      expect(definition).toMatchObject({ catalog: 'awsdatacatalog', schema: 'tributary_dev' });
    }
  });
});

describe('templates', () => {
  it('have no unresolved token', () => {
    expect(JSON.stringify(stageOf('dev').templates)).not.toContain('${Token');
  });
});
