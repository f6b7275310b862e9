import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../../src/clock.ts';
import { createBatchBuilder } from '../../src/columns/builder.ts';
import { canonicalValue, ndjsonRows } from '../../src/columns/canonical.ts';
import { columnOf } from '../../src/columns/select.ts';
import { field, struct } from '../../src/columns/types.ts';
import { createTable } from '../../src/delta/index.ts';
import { scan } from '../../src/delta/scan.ts';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import { encodeParquet } from '../../src/parquet/encode-parquet.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { firstDifference } from '../support/delta-rig.ts';
import { everyType, randomBatch } from '../support/random-rows.ts';
import type { TableWriter, Rows } from './table-writers.ts';

const ID = field('id', 'long');
const DAY = field('day', 'date');
const DAYS = 3;
const schema = struct([ID, DAY, ...everyType.fields]);

/** Ids of one change, where it begins and ends among those that were ever given out. */
const CHANGE_ROWS = 20;

/** A table that many engines change, and what it has to hold: what its changes mean is known without any of them. */
export type SharedTable = {
  readonly path: string;
  /** Does one thing of `KINDS` by an engine; returns it in words. */
  readonly change: (writer: TableWriter, kind: ChangeKind) => Promise<string>;
  /** Compares every row that we read with what has to be there; returns how many there are. */
  readonly check: (about: string) => Promise<number>;
};

export const KINDS = ['append', 'merge', 'delete', 'optimize', 'vacuum'] as const;
export type ChangeKind = (typeof KINDS)[number];

/** A table of all types, parted by day, with a first few rows. */
export async function createSharedTable(folder: string, random: Random): Promise<SharedTable> {
  const path = join(folder, 'table');
  await mkdir(path, { recursive: true });
  const table = await createTable(createFolderStore(path), {
    columns: Object.fromEntries(schema.fields.map(({ name, type }) => [name, type])),
    partitionBy: [DAY.name],
    properties: { 'delta.checkpointInterval': '5' },
  });
  const held = new Map<number, string>();
  let nextId = 0;
  let files = 0;

  async function makeRows(firstId: number): Promise<Rows> {
    const batch = rowsFrom(firstId, random);
    const file = join(folder, `rows-${files++}.parquet`);
    await writeFile(file, encodeParquet(batch).bytes);
    nextId = Math.max(nextId, firstId + CHANGE_ROWS);
    for (const [i, row] of Array.from(ndjsonRows(batch)).entries()) held.set(firstId + i, row);
    return { batch, file };
  }

  const { batch } = await makeRows(0);
  await table.append(batch);
  return {
    path,
    async change(writer, kind) {
      // half of them old, half of them new
      const middle = Math.max(0, nextId - CHANGE_ROWS / 2);
      const somewhere = Math.floor(random() * nextId);
      switch (kind) {
        case 'append':
          await writer.append(path, await makeRows(nextId));
          break;
        case 'merge':
          await writer.merge(path, await makeRows(middle));
          break;
        case 'delete':
          await writer.delete(path, somewhere, somewhere + CHANGE_ROWS / 4);
          for (let id = somewhere; id < somewhere + CHANGE_ROWS / 4; id++) held.delete(id);
          break;
        default:
          await writer[kind](path);
      }
      return `${kind} by ${writer.name}`;
    },
    async check(about) {
      const store = createFolderStore(path);
      const snapshot = (await loadSnapshot(store))!;
      const rows: string[] = [];
      for await (const part of scan(store, snapshot)) rows.push(...ndjsonRows(part));
      const difference = firstDifference(rows.toSorted(), Array.from(held.values()).sort());
      if (difference !== undefined) throw new Error(`${about}: we read otherwise: ${difference}`);
      return rows.length;
    },
  };
}

/** Rows with ids from `firstId` on, spread over the days, other values at random. */
function rowsFrom(firstId: number, random: Random) {
  const others = randomBatch(everyType, CHANGE_ROWS, random, { wild: true, nulls: 0.2 });
  const builder = createBatchBuilder(schema, CHANGE_ROWS);
  for (let row = 0; row < CHANGE_ROWS; row++) {
    const values = everyType.fields.map(({ name }) => [name, canonicalValue(columnOf(others, name), row)]);
    builder.appendRow({
      [ID.name]: BigInt(firstId + row),
      [DAY.name]: 20_000 + ((firstId + row) % DAYS),
      ...Object.fromEntries(values),
    });
  }
  return builder.finish();
}
