import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { textRows } from '../../src/columns/canonical.ts';
import { createSource, partsOf, plantFleet, type Reading, type Recipe, deps } from '../rollup/rig.ts';
import { runRollup } from '../../src/rollup/run.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { loadLakeTables } from '../../src/lake/lake-tables.ts';
import { tableNamesIn } from '../../src/sql/table-names.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { temporaryFolder } from '../sql/data-files.ts';

const recipe: Recipe = {
  every: '1 hour',
  timeZone: 'UTC',
  lateness: '0 seconds',
  partition: 'day',
  identified: true,
};
const at = Date.UTC(2024, 0, 1, 12);
const base: Reading = {
  device: 'a',
  site: null,
  at,
  v: 1,
  n: 5,
  label: 'x',
  arrivedAt: at,
  shard: '0',
  position: 1,
};

async function openLake() {
  const fleet = plantFleet(recipe);
  const { source: table, gold } = partsOf(fleet);
  const lake = createFolderStore(join(temporaryFolder(), 'lake'));
  const source = createSource(lake, table);
  const sql = createDuckDbEngine({ stagingDirectory: join(temporaryFolder(), 'staging') });
  onTestFinished(() => sql.close());
  return {
    source,
    rollUp: () => runRollup(gold, table, { ...deps, lake, sql }),
    load: (mentionedIn?: string) =>
      loadLakeTables(lake, [fleet], mentionedIn === undefined ? {} : { mentionedIn }),
    async ask(query: string): Promise<(string | undefined)[][]> {
      return Array.from(
        textRows(
          await sql.query({ sql: query, ...(await loadLakeTables(lake, [fleet], { mentionedIn: query })) }),
        ),
      );
    },
  };
}

test('tables that the lake does not have yet are empty, with their columns', async () => {
  const lake = await openLake();
  expect(await lake.ask('SELECT * FROM plant_readings')).toEqual([]);
  expect(await lake.ask('SELECT count(*), max(reason) FROM quarantine')).toEqual([['0', undefined]]);
  expect(await lake.ask('SELECT window_start, v_p90 FROM plant_gold')).toEqual([]);
  expect((await lake.ask('SHOW TABLES')).flat()).toEqual([
    'plant_gold',
    'plant_gold_utc',
    'plant_readings',
    'plant_readings_current',
    'plant_readings_utc',
    'quarantine',
    'quarantine_utc',
  ]);
});

test('raw, current and rollup answer under their names', async () => {
  const lake = await openLake();
  await lake.source.create();
  await lake.source.change([], [base, { ...base, device: 'b', at: at + 86_400_000 }]);
  await lake.source.change([], [{ ...base, v: 2, arrivedAt: at + 5, position: 2 }]);
  await lake.rollUp();
  expect(await lake.ask('SELECT count(*) FROM plant_readings')).toEqual([['3']]);
  expect(
    await lake.ask('SELECT device, v, "at", _position, _date FROM plant_readings_current ORDER BY device'),
  ).toEqual([
    ['a', '2', '2024-01-01T12:00:00.000000Z', '0000000000000000002', '2024-01-01'],
    ['b', '1', '2024-01-02T12:00:00.000000Z', '0000000000000000001', '2024-01-02'],
  ]);
  expect(await lake.ask('SELECT window_start, readings, v_sum, final FROM plant_gold ORDER BY 1')).toEqual([
    ['2024-01-01T12:00:00.000000Z', '1', '2', 'true'],
    ['2024-01-02T12:00:00.000000Z', '1', '1', 'false'],
  ]);
});

test('the views in UTC show the current rows, and gold, without zones and bytes', async () => {
  const lake = await openLake();
  await lake.source.create();
  await lake.source.change([], [base]);
  await lake.source.change([], [{ ...base, v: 2, arrivedAt: at + 5, position: 2 }]);
  await lake.rollUp();
  expect(await lake.ask('SELECT device, v, "at", _date FROM plant_readings_utc')).toEqual([
    ['a', '2', '2024-01-01T12:00:00.000000', '2024-01-01'],
  ]);
  expect(await lake.ask('SELECT window_start, readings, v_sum, final FROM plant_gold_utc')).toEqual([
    ['2024-01-01T12:00:00.000000', '1', '2', 'false'],
  ]);
  const types = await lake.ask('DESCRIBE quarantine_utc');
  expect(types.map(([name]) => name)).not.toContain('payload');
  expect(new Set(types.map(([, type]) => type))).toEqual(
    new Set(['VARCHAR', 'TIMESTAMP_MS', 'INTEGER', 'DATE']),
  );
});

test('a column that only the definition has yet is null', async () => {
  const lake = await openLake();
  await lake.source.createWithout('label');
  expect(await lake.ask('SELECT label FROM plant_readings')).toEqual([]);
  expect(await lake.ask('DESCRIBE plant_readings_current')).toContainEqual([
    'label',
    'VARCHAR',
    'YES',
    undefined,
    undefined,
    undefined,
  ]);
});

test('only the tables that a query names are loaded', async () => {
  const lake = await openLake();
  const names = async (query: string) => {
    const { tables, views } = await lake.load(query);
    return [...tables, ...views].map(({ name }) => name).sort();
  };
  expect(await names('SELECT 1 FROM plant_gold')).toEqual(['plant_gold']);
  expect(await names('WITH q AS (SELECT * FROM "PLANT_READINGS_CURRENT") SELECT * FROM q')).toEqual([
    'plant_readings',
    'plant_readings_current',
  ]);
  expect(await names('SELECT 1 FROM plant_gold_utc')).toEqual(['plant_gold', 'plant_gold_utc']);
  const all = [
    'plant_gold',
    'plant_gold_utc',
    'plant_readings',
    'plant_readings_current',
    'plant_readings_utc',
    'quarantine',
    'quarantine_utc',
  ];
  expect(await names('SHOW TABLES')).toEqual(all);
  expect(await names('SELECT * FROM nowhere, plant_gold')).toEqual(all);
  expect(await names('SELECT * FROM plant_gold JOIN plant_readings USING (site)')).toEqual(all);
  expect((await lake.load()).tables.length).toBe(3);
});

test('a misspelt name is answered with a likely one', async () => {
  const lake = await openLake();
  await expect(lake.ask('SELECT * FROM plant_golds')).rejects.toThrow(
    /plant_golds does not exist! Did you mean "plant_gold"/,
  );
});

test.each([
  ['SELECT * FROM a JOIN b ON a.x = b.y WHERE a.z IN (SELECT z FROM c)', ['a', 'b', 'c']],
  ['WITH a AS (SELECT * FROM c) SELECT * FROM a', ['c']],
  ['EXPLAIN SELECT * FROM "Q q"', ['Q q']],
  ['DESCRIBE a', ['a']],
  ['SELECT * FROM a JOIN b USING (x)', undefined],
  ['SELECT 1', undefined],
  ['no sql', undefined],
])('%s names %s', async (query, names) => {
  expect((await tableNamesIn(query))?.toSorted()).toEqual(names);
});
