import { canonicalValue } from '../../src/columns/canonical.ts';
import { ORIGIN } from '../../src/columns/reserved.ts';
import { columnOf } from '../../src/columns/select.ts';
import { readFile } from '../../src/delta/read-file.ts';
import { readNewCommits } from '../../src/delta/read-commits.ts';
import { realDeps } from '../../src/delta/real-deps.ts';
import { loadTableState } from '../../src/delta/snapshot.ts';
import { partitionColumns, QUARANTINE_SQL_NAME } from '../../src/fleet/index.ts';
import { quoteName, quoteText } from '../../src/sql/quote.ts';
import { type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';
import { type ExpectedTable, rowText } from './expected-rows.ts';
import type { SmokePlace } from './smoke-place.ts';

/** A row that SQL answered: how often it stands there, and the first arrival in the stream (ms). */
export type FoundRow = { readonly times: number; readonly arrivedAt: number };

/** What SQL knows of the expected rows, by their texts. */
export async function askForRows(
  expected: ExpectedTable,
  place: Pick<SmokePlace, 'ask'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, FoundRow>> {
  const { columns } = expected;
  const names = [...columns.map(({ name }) => name), ORIGIN.arrivedAt].map(quoteName).join(', ');
  const sql = `SELECT ${names} FROM ${expected.sqlName} WHERE ${whereOf(expected)}`;
  const batch = await place.ask(sql, signal);
  const arrivals = columnOf(batch, ORIGIN.arrivedAt);
  const found = new Map<string, FoundRow>();
  for (let row = 0; row < batch.length; row++) {
    const text = rowText(columns, batch, row);
    const arrivedAt = Number((canonicalValue(arrivals, row) as bigint) / 1000n);
    const before = found.get(text);
    found.set(text, {
      times: (before?.times ?? 0) + 1,
      arrivedAt: Math.min(before?.arrivedAt ?? Infinity, arrivedAt),
    });
  }
  return found;
}

/** Their partitions too: a question to a lake of years reads some days. */
function whereOf({ table, topics, partitions }: ExpectedTable): string {
  const mine = `${ORIGIN.topic} IN (${Array.from(topics, quoteText).join(', ')})`;
  const days = Array.from(partitions, (day) => `date ${quoteText(day)}`).join(', ');
  return [mine, ...partitionColumns(table).map((name) => `${name} IN (${days})`)].join(' AND ');
}

/** How many of the topics' messages are in the quarantine. */
export async function countQuarantined(
  topics: ReadonlySet<string>,
  place: Pick<SmokePlace, 'ask'>,
  signal: AbortSignal,
): Promise<number> {
  const mine = `${ORIGIN.topic} IN (${Array.from(topics, quoteText).join(', ')})`;
  const sql = `SELECT count(*) AS n FROM ${QUARANTINE_SQL_NAME} WHERE ${mine}`;
  const batch = await place.ask(sql, signal);
  return Number(canonicalValue(columnOf(batch, 'n'), 0));
}

/** The newest version of a table; -1 where it has none yet. */
export async function versionOf(lake: ObjectStore, path: string): Promise<number> {
  return (await loadTableState(prefixedStore(lake, `${path}/`)))?.version ?? -1;
}

/** When the expected rows were committed (ms, by the writer's clock), of those that came after a version. */
export async function findCommitTimes(
  expected: ExpectedTable,
  lake: ObjectStore,
  after: number,
): Promise<ReadonlyMap<string, number>> {
  const store = prefixedStore(lake, `${expected.path}/`);
  const state = await loadTableState(store);
  const times = new Map<string, number>();
  if (state === undefined) return times;
  const columns = expected.columns.map(({ name }) => name);
  for (const { actions } of await readNewCommits(store, after + 1, realDeps)) {
    const { timestamp } = actions.find((action) => 'commitInfo' in action)?.commitInfo ?? {};
    if (timestamp === undefined) continue;
    for (const action of actions) {
      // what compaction puts together was committed before
      if (!('add' in action) || !action.add.dataChange) continue;
      const batch = await readFile(store, state, action.add, columns);
      for (let row = 0; row < batch.length; row++) {
        const text = rowText(expected.columns, batch, row);
        if (expected.rows.has(text) && !times.has(text)) times.set(text, timestamp);
      }
    }
  }
  return times;
}
