import type { Random } from '../../src/clock.ts';
import { canonicalValue } from '../../src/columns/canonical.ts';
import { columnOf, concatBatches } from '../../src/columns/select.ts';
import type { ColumnBatch } from '../../src/columns/column.ts';
import type { DeltaDeps } from '../../src/delta/deps.ts';
import {
  type DeltaTable,
  openTable,
  type PlainValue,
  type Predicate,
  type Row,
} from '../../src/delta/index.ts';
import { toPlain } from '../../src/delta/plain-values.ts';
import { plainRows } from '../../src/delta/table-rows.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { collect } from '../support/collect.ts';
import { randomBatch } from '../support/random-rows.ts';

/** What rows are merged by, one or two at a time, and what they are deleted by: everything that has an order. */
const KEYS = ['a_long', 'an_integer', 'a_string', 'a_timestamp', 'decimal_18', 'a_date', 'a_byte'];

/** Merges, deletes from or overwrites a table, as a user of the library would. Returns what it did, in a few words. */
export async function changeRandomly(store: ObjectStore, random: Random, deps: DeltaDeps): Promise<string> {
  const table = await openTable(store, deps);
  const held = await collect(table.batches());
  const { schema } = await table.snapshot();
  const fresh = randomBatch(schema, 1 + Math.floor(random() * 20), random, {
    nulls: 0.2,
    wild: random() < 0.3,
  });
  const rows = held.length === 0 ? fresh : concatBatches([...held, fresh]);
  const kind = random();
  if (kind < 0.4) return mergeInto(table, rows, fresh, random);
  const [name, operator, value] = drawComparison(rows, random);
  if (kind < 0.7) {
    const where: Predicate = random() < 0.7 ? [name, operator, value] : { not: [name, operator, value] };
    const { deleted, copied } = await table.delete(where);
    return `deleted ${deleted}, copied ${copied}`;
  }
  const where: Predicate = [name, '=', value];
  const inside = Array.from(plainRows(fresh), (row) => ({ ...row, [name]: value }));
  const { deleted, written } = await table.overwrite(inside, { where });
  return `overwrote ${deleted} by ${written}`;
}

async function mergeInto(
  table: DeltaTable,
  rows: ColumnBatch,
  fresh: ColumnBatch,
  random: Random,
): Promise<string> {
  const first = pick(KEYS, random);
  const on = random() < 0.6 ? [first] : Array.from(new Set([first, pick(KEYS, random)]));
  const known = Array.from(plainRows(rows));
  // half of them get the key of a row that is there
  const brought = Array.from(plainRows(fresh), (row): Row => {
    const other = random() < 0.5 ? pick(known, random) : row;
    return { ...row, ...Object.fromEntries(on.map((name) => [name, other[name]])) };
  });
  const byKey = new Map<string, Row>();
  for (const row of brought) if (on.every((name) => isKey(row[name]))) byKey.set(keyText(row, on), row);
  const all = Array.from(byKey.values());
  const gone = all.splice(0, Math.floor(all.length / 4));
  const deletes = gone.map((row) => Object.fromEntries(on.map((name) => [name, row[name]])));
  const { inserted, updated, deleted } = await table.merge(all, { on, deletes });
  return `inserted ${inserted}, updated ${updated}, deleted ${deleted} by ${on.join(', ')}`;
}

/** A partition knows no empty text. */
function isKey(value: unknown): boolean {
  return value !== null && value !== '';
}

function keyText(row: Row, on: readonly string[]): string {
  return JSON.stringify(on.map((name) => String(row[name])));
}

function drawComparison(rows: ColumnBatch, random: Random): readonly [string, '=' | '<' | '>=', PlainValue] {
  for (;;) {
    const name = pick(KEYS, random);
    const column = columnOf(rows, name);
    const value = canonicalValue(column, Math.floor(random() * rows.length));
    if (value === undefined || value === '') continue;
    return [name, pick(['=', '<', '>='] as const, random), toPlain(column.type, value) as PlainValue];
  }
}

function pick<T>(values: readonly T[], random: Random): T {
  return values[Math.floor(random() * values.length)]!;
}
