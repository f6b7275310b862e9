import { describe, expect, it } from 'vitest';
import { commit } from '../../src/delta/commit.ts';
import type { ConflictReason } from '../../src/delta/conflict.ts';
import type { DeltaDeps } from '../../src/delta/deps.ts';
import { createTable, type DeltaTable, openTable } from '../../src/delta/index.ts';
import { commitPath } from '../../src/delta/log-path.ts';
import { readFile } from '../../src/delta/read-file.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { createDeps, rowsOf } from '../support/delta-rig.ts';

type Report = { readonly conflicts: readonly ConflictReason[]; readonly version: number };
type Operation = (table: DeltaTable) => Promise<Report>;

/** What we do while another is faster. The table: partition a with keys 1 and 2 in a file, partition b with 11 and 12. */
const OURS = {
  append: (table) => table.append([{ g: 'a', id: 3, v: 0 }]),
  'append once': (table) => table.append([{ g: 'a', id: 3, v: 0 }], { once: { appId: 'app', version: 1 } }),
  'overwrite of all': (table) => table.overwrite([{ g: 'c', id: 21, v: 0 }]),
  'overwrite of a': (table) => table.overwrite([{ g: 'a', id: 1, v: 9 }], { where: ['g', '=', 'a'] }),
  'delete of a': (table) => table.delete(['g', '=', 'a']),
  'delete of 1': (table) => table.delete(['id', '=', 1]),
  'delete of what is not there': (table) =>
    table.delete({
      and: [
        ['g', '=', 'a'],
        ['id', '>', 2],
      ],
    }),
  'merge of 1': (table) => table.merge([{ g: 'a', id: 1, v: 9 }], { on: ['id'] }),
  'merge of 1 where missing': (table) =>
    table.merge(
      [
        { g: 'a', id: 1, v: 9 },
        { g: 'a', id: 4, v: 9 },
      ],
      { on: ['id'], whenMatched: 'ignore' },
    ),
  'merge of 5': (table) => table.merge([{ g: 'a', id: 5, v: 9 }], { on: ['id'] }),
  'deletion of key 1': (table) => table.merge([], { on: ['id'], deletes: [{ id: 1 }] }),
} satisfies Readonly<Record<string, Operation>>;

/** What the other does. */
const RIVALS = {
  'append of 3 to a': (table) => table.append([{ g: 'a', id: 3, v: 1 }]),
  'append of 1 to a': (table) => table.append([{ g: 'a', id: 1, v: 1 }]),
  'append of 13 to b': (table) => table.append([{ g: 'b', id: 13, v: 1 }]),
  'append once': (table) => table.append([{ g: 'b', id: 13, v: 1 }], { once: { appId: 'app', version: 1 } }),
  'append of another app': (table) =>
    table.append([{ g: 'b', id: 13 }], { once: { appId: 'other', version: 1 } }),
  'delete of 2': (table) => table.delete(['id', '=', 2]),
  'delete of b': (table) => table.delete(['g', '=', 'b']),
  'merge of 1': (table) => table.merge([{ g: 'a', id: 1, v: 1 }], { on: ['id'] }),
  'merge of 5': (table) => table.merge([{ g: 'a', id: 5, v: 1 }], { on: ['id'] }),
  'overwrite of b': (table) => table.overwrite([{ g: 'b', id: 14, v: 1 }], { where: ['g', '=', 'b'] }),
  'rewrite of a': (table) => rewrite(table, 'a'),
  'rewrite of b': (table) => rewrite(table, 'b'),
  'new column': async (table) => {
    await table.evolve({ more: 'date' });
    return { conflicts: [], version: 0 };
  },
} satisfies Readonly<Record<string, Operation>>;

/** Rows: ours; columns: the rivals' in their order. A dot: both go through; a letter: ours is planned anew. */
const MATRIX: Readonly<Record<keyof typeof OURS, string>> = {
  //                             3 1 13 o other d2 db m1 m5 ob ra rb col
  append: '. . . . . . . . . . . . m',
  'append once': '. . . t . . . . . . . . m',
  'overwrite of all': 'a a a a a r r r a r r r m',
  'overwrite of a': 'a a . . . r . r a . r . m',
  'delete of a': 'a a . . . r . r a . r . m',
  'delete of 1': '. a . . . r . r . . r . m',
  'delete of what is not there': 'n',
  'merge of 1': '. a . . . r . r . . r . m',
  'merge of 1 where missing': '. a . . . r . r . . r . m',
  'merge of 5': '. . . . . . . . a . . . m',
  'deletion of key 1': '. a . . . r . r . . r . m',
};

const REASONS: Readonly<Record<string, readonly ConflictReason[]>> = {
  '.': [],
  a: ['added'],
  r: ['removed'],
  m: ['metadata'],
  t: ['txn'],
};

describe.each(Object.entries(OURS))('our %s', (ours, operation: Operation) => {
  it.each(Object.entries(RIVALS))('against %s', async (name, rival: Operation) => {
    const { store, deps } = await createParted();
    let version = 0;
    const meeting = meet(store, commitPath(2), async () => {
      await rival(await openTable(store, deps));
    });
    const report = await operation(await openTable(meeting.store, deps));
    version = report.version;
    const letters = MATRIX[ours as keyof typeof OURS].split(' ');
    if (letters[0] === 'n') {
      expect(meeting.met()).toBe(false);
      expect(version).toBe(1);
      return;
    }
    expect(report.conflicts).toEqual(REASONS[letters[Object.keys(RIVALS).indexOf(name)]!]);

    // as if the rival had been first, and we had come after it
    const serial = await createParted();
    await rival(await openTable(serial.store, serial.deps));
    await operation(await openTable(serial.store, serial.deps));
    expect(await rowsOf(store)).toEqual(await rowsOf(serial.store));
  });
});

describe('new columns', () => {
  it('of two writers at once are both there', async () => {
    const { store, deps } = await createParted();
    const meeting = meet(store, commitPath(2), async () => {
      await (await openTable(store, deps)).evolve({ theirs: 'date' });
    });
    const schema = await (await openTable(meeting.store, deps)).evolve({ ours: 'long' });
    expect(schema.fields.map(({ name }) => name)).toEqual(['g', 'id', 'v', 'theirs', 'ours']);
  });
});

async function createParted(): Promise<{ readonly store: ObjectStore; readonly deps: DeltaDeps }> {
  const store = createMemoryStore();
  const deps = createDeps();
  const columns = { g: 'string', id: 'long', v: 'integer' } as const;
  const table = await createTable(store, { columns, partitionBy: ['g'] }, deps);
  await table.append(
    ['a', 'b'].flatMap((g, i) => [
      { g, id: 10 * i + 1, v: 0 },
      { g, id: 10 * i + 2, v: 0 },
    ]),
  );
  return { store, deps };
}

/** Runs `rival` right before the first attempt to create `key`. */
function meet(store: ObjectStore, key: string, rival: () => Promise<void>) {
  let met = false;
  return {
    met: () => met,
    store: {
      ...store,
      async putIfAbsent(path: string, bytes: Uint8Array) {
        if (path === key && !met) {
          met = true;
          await rival();
        }
        return store.putIfAbsent(path, bytes);
      },
    },
  };
}

/** The same rows in another file, as compaction leaves them. */
async function rewrite(table: DeltaTable, g: string): Promise<Report> {
  const deps = createDeps();
  const uuid = () => `10000000-0000-4000-8000-${deps.uuid().slice(-12)}`;
  const base = (await loadSnapshot(table.store))!;
  const [file] = base.files.filter(({ partitionValues }) => partitionValues['g'] === g);
  const rows = await readFile(table.store, base, file!);
  const options = { partitionColumns: ['g'], dataChange: false };
  const adds = await writeFiles(table.store, rows, options, { ...deps, uuid });
  const removes = [removeOf(file!, 1, false)];
  const request = { base, operation: 'OPTIMIZE', adds, removes, reads: { files: [file!] } };
  const result = await commit(table.store, request, { ...deps, uuid });
  expect(result.kind).toBe('committed');
  return { conflicts: [], version: result.state.version };
}
