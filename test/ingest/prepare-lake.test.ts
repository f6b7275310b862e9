import { describe, expect, it } from 'vitest';
import { loadSnapshot, loadTableState } from '../../src/delta/snapshot.ts';
import {
  avg,
  defineFleet,
  double,
  type Fleet,
  integer,
  rollup,
  rollupSchema,
  table,
  tableSchema,
  text,
  topicLevel,
} from '../../src/fleet/index.ts';
import { ingestBatch } from '../../src/ingest/ingest-batch.ts';
import { prepareLake } from '../../src/ingest/prepare-lake.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';
import { createEnvironment, runOf } from '../support/ingest-rig.ts';

function pumps(
  columns: Readonly<Record<string, ReturnType<typeof double> | ReturnType<typeof integer>>>,
): Fleet {
  return defineFleet({
    name: 'pumps',
    tables: {
      readings: table({
        topic: 'pumps/{pump}/reading',
        device: topicLevel('pump'),
        columns: { pump: text({ from: topicLevel('pump') }), value: double(), ...columns },
      }),
    },
    rollups: {
      hourly: rollup('readings', { every: '1 hour', measures: { mean: avg('value') } }),
    },
  });
}
const fleet = pumps({});
const prepare = (store: ObjectStore, ...fleets: Fleet[]) =>
  prepareLake(store, fleets, createEnvironment(store, fleets).lake.deps);
const stateOf = (store: ObjectStore, path: string) => loadTableState(prefixedStore(store, `${path}/`));

describe('preparing a lake', () => {
  it('makes every table of the fleets at version 0, without rows, as its definition says', async () => {
    const store = createMemoryStore();
    expect(await prepare(store, fleet)).toEqual([
      { table: 'quarantine', version: 0 },
      { table: 'pumps/readings', version: 0 },
      { table: 'pumps/hourly', version: 0 },
    ]);
    const readings = await loadSnapshot(prefixedStore(store, 'pumps/readings/'));
    expect(readings!.files).toEqual([]);
    expect(readings!.schema).toEqual(tableSchema(fleet.tables['readings']!));
    expect((await stateOf(store, 'pumps/hourly'))!.schema).toEqual(
      rollupSchema(fleet.rollups['hourly']!, fleet.tables['readings']!),
    );
  });

  it('changes nothing that is there already', async () => {
    const store = createMemoryStore();
    await prepare(store, fleet);
    await ingestBatch([runOf(1, [['pumps/a/reading', { value: 1 }]])], createEnvironment(store, [fleet]));
    const versions = async () =>
      Promise.all(['quarantine', 'pumps/readings', 'pumps/hourly'].map((path) => stateOf(store, path)));
    const before = (await versions()).map((state) => state!.version);
    const prepared = await prepare(store, fleet);
    expect(prepared.map(({ version }) => version)).toEqual(before);
    expect((await versions()).map((state) => state!.version)).toEqual(before);
  });

  it('gives a table its new columns before a reading brings them, and writers of before go on', async () => {
    const store = createMemoryStore();
    await prepare(store, fleet);
    const before = createEnvironment(store, [fleet]);
    await ingestBatch([runOf(1, [['pumps/a/reading', { value: 1 }]])], before);
    const wider = pumps({ pressure: double() });
    await prepare(store, wider);
    const { schema } = (await stateOf(store, 'pumps/readings'))!;
    // new ones stand last
    expect(schema.fields).toEqual(expect.arrayContaining([...tableSchema(wider.tables['readings']!).fields]));
    const report = await ingestBatch([runOf(2, [['pumps/a/reading', { value: 2 }]])], before);
    expect(report).toMatchObject({ rows: { 'pumps/readings': 1 }, quarantined: 0, refused: [] });
  });

  it('says which tables cannot become what they should, prepares the others, and leaves these as they are', async () => {
    const store = createMemoryStore();
    await prepare(store, fleet);
    const changed = pumps({ value: integer() });
    const other = defineFleet({
      name: 'wells',
      tables: {
        levels: table({ topic: 'wells/{well}', device: topicLevel('well'), columns: { level: double() } }),
      },
    });
    await expect(prepare(store, changed, other)).rejects.toThrow(/table pumps\/readings: .*value/);
    expect((await stateOf(store, 'pumps/readings'))!.version).toBe(0);
    expect((await stateOf(store, 'wells/levels'))!.version).toBe(0);
  });
});
