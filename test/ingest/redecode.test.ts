import { describe, expect, it } from 'vitest';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import { loadTableState } from '../../src/delta/snapshot.ts';
import {
  defineFleet,
  double,
  type Fleet,
  table,
  tableSchema,
  text,
  topicLevel,
} from '../../src/fleet/index.ts';
import { ingestBatch } from '../../src/ingest/ingest-batch.ts';
import { redecodeTable } from '../../src/ingest/redecode.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';
import { createEnvironment, interruptible, readRows, runOf } from '../support/ingest-rig.ts';

type Wish = { readonly max?: number; readonly unit?: boolean; readonly keepPayload?: boolean };

function pumps({ max = 100, unit = false, keepPayload = true }: Wish): Fleet {
  return defineFleet({
    name: 'pumps',
    tables: {
      readings: table({
        topic: 'pumps/{pump}/reading',
        device: topicLevel('pump'),
        columns: {
          pump: text({ from: topicLevel('pump') }),
          value: double({ max }),
          ...(unit ? { unit: text({ optional: true }) } : {}),
        },
        keepPayload,
      }),
    },
  });
}

const reading = (pump: string, payload: unknown) => [`pumps/${pump}/reading`, payload] as const;

function redecode(store: ObjectStore, fleet: Fleet) {
  const wanted = fleet.tables['readings']!;
  const { lake } = createEnvironment(store, [fleet]);
  return redecodeTable(wanted, { lake, decoder: createTableDecoder(wanted, tableSchema(wanted)) });
}

describe('a table decoded anew', () => {
  it('gets a column that its definition lacked, with origins and progress as they were', async () => {
    const store = createMemoryStore();
    const before = pumps({});
    const batch = [{ value: 1, unit: 'bar' }, { value: 2 }];
    await ingestBatch(
      [runOf(1, [reading('a', batch), reading('b', { value: 3, unit: 'psi' })])],
      createEnvironment(store, [before]),
    );
    const origins = ['_position', '_index', '_topic', '_arrived_at', 'pump', 'value'];
    const rows = await readRows(store, 'pumps/readings', origins);
    const state = await loadTableState(prefixedStore(store, 'pumps/readings/'));

    const after = pumps({ unit: true });
    expect(await redecode(store, after)).toEqual({ messages: 2, rows: 3, untouched: 0, quarantined: 0 });
    expect(await readRows(store, 'pumps/readings', ['value', 'unit'])).toEqual([
      ['1', 'bar'],
      ['2', 'null'],
      ['3', 'psi'],
    ]);
    expect(await readRows(store, 'pumps/readings', origins)).toEqual(rows);
    expect((await loadTableState(prefixedStore(store, 'pumps/readings/')))!.txns).toEqual(state!.txns);
    // and the payloads are kept for the next time
    expect(await redecode(store, after)).toMatchObject({ messages: 2, rows: 3 });
  });

  it('sends what no longer fits to the quarantine, once', async () => {
    const store = createMemoryStore();
    const run = runOf(1, [
      reading('a', [{ value: 5 }, { value: 50 }]),
      reading('a', { value: 60 }),
      reading('a', 'x'),
    ]);
    await ingestBatch([run], createEnvironment(store, [pumps({})]));
    const stricter = pumps({ max: 10 });
    expect(await redecode(store, stricter)).toMatchObject({ messages: 2, rows: 1, quarantined: 2 });
    expect(await readRows(store, 'pumps/readings', ['value'])).toEqual([['5']]);
    expect(await readRows(store, 'quarantine', ['_position', '_index', 'reason'])).toEqual([
      ['0000000000000000001', '1', 'out-of-range'],
      ['0000000000000000002', '0', 'out-of-range'],
      ['0000000000000000003', '0', 'not-json'],
    ]);
    expect(await redecode(store, stricter)).toMatchObject({ rows: 1, quarantined: 0 });
    // the batch may still come again: nothing of it is new
    expect(await ingestBatch([run], createEnvironment(store, [stricter]))).toMatchObject({
      rows: {},
      quarantined: 0,
    });
  });

  it('leaves to a replay what the quarantine holds', async () => {
    const store = createMemoryStore();
    const run = runOf(1, [reading('a', [{ value: 5 }, { value: 50 }]), reading('a', { value: 60 })]);
    await ingestBatch([run], createEnvironment(store, [pumps({ max: 10 })]));
    expect(await redecode(store, pumps({ max: 100 }))).toMatchObject({ messages: 1, rows: 1 });
    expect(await readRows(store, 'quarantine', ['_position', '_index'])).toHaveLength(2);
  });

  it('keeps rows that left no bytes', async () => {
    const store = createMemoryStore();
    await ingestBatch(
      [runOf(1, [reading('a', { value: 1 })])],
      createEnvironment(store, [pumps({ keepPayload: false })]),
    );
    await ingestBatch(
      [runOf(2, [reading('a', { value: 2, unit: 'bar' })])],
      createEnvironment(store, [pumps({})]),
    );
    expect(await redecode(store, pumps({ unit: true }))).toEqual({
      messages: 1,
      rows: 1,
      untouched: 1,
      quarantined: 0,
    });
    expect(await readRows(store, 'pumps/readings', ['value', 'unit'])).toEqual([
      ['1', 'null'],
      ['2', 'bar'],
    ]);
  });

  it('is as it was when the rebuild dies before its commit', async () => {
    const store = interruptible(createMemoryStore());
    await ingestBatch([runOf(1, [reading('a', { value: 1 })])], createEnvironment(store, [pumps({})]));
    store.failNext(/readings\/_delta_log\/0+3\.json/, 'before');
    await expect(redecode(store, pumps({ unit: true }))).rejects.toThrow(/planted/);
    expect(await readRows(store, 'pumps/readings', ['value'])).toEqual([['1']]);
    expect(await redecode(store, pumps({ unit: true }))).toMatchObject({ messages: 1, rows: 1 });
    expect(await readRows(store, 'pumps/readings', ['value'])).toEqual([['1']]);
  });
});
