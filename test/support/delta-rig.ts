import type { ColumnBatch } from '../../src/columns/column.ts';
import { createBatchBuilder } from '../../src/columns/builder.ts';
import { ndjsonRows } from '../../src/columns/canonical.ts';
import { field, struct, type StructType } from '../../src/columns/types.ts';
import { commit } from '../../src/delta/commit.ts';
import type { CommitRequest } from '../../src/delta/commit-request.ts';
import { createTable } from '../../src/delta/create-table.ts';
import type { DeltaDeps } from '../../src/delta/deps.ts';
import { scan } from '../../src/delta/scan.ts';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import type { TableState } from '../../src/delta/table-state.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import { createFaultyStore, type FaultSchedule, type FaultyStore } from '../../src/stores/faulty-store.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';

/** Deps whose clock moves a second a look, whose waits take no time, whose names repeat. */
export function createDeps(
  start = Date.UTC(2026, 0, 1),
): DeltaDeps & { readonly waits: number[]; advance(ms: number): void } {
  let now = start;
  let names = 0;
  const waits: number[] = [];
  return {
    waits,
    advance: (ms) => void (now += ms),
    clock: () => (now += 1_000),
    random: () => 0.5,
    sleep: async (ms) => void waits.push(ms),
    uuid: () => `00000000-0000-4000-8000-${String(names++).padStart(12, '0')}`,
  };
}

export const twoColumns = struct([field('id', 'long'), field('name', 'string')]);

export function batchOf(schema: StructType, rows: readonly Readonly<Record<string, unknown>>[]): ColumnBatch {
  const builder = createBatchBuilder(schema, rows.length);
  for (const row of rows) builder.appendRow(row);
  return builder.finish();
}

/** Calls pass through, and are counted; the schedule may make some fail. */
export function watch(store: ObjectStore, schedule: FaultSchedule = () => undefined): FaultyStore {
  return createFaultyStore(store, { schedule, sleep: () => Promise.resolve() });
}

export async function createTwoColumns(
  store: ObjectStore,
  deps: DeltaDeps,
  configuration = {},
): Promise<TableState> {
  return createTable(store, { schema: twoColumns, partitionColumns: [], configuration }, deps);
}

/** One file with rows of those ids. */
export async function fileOf(store: ObjectStore, deps: DeltaDeps, ...ids: readonly number[]) {
  const batch = batchOf(
    twoColumns,
    ids.map((id) => ({ id, name: `n${id}` })),
  );
  const [add] = await writeFiles(store, batch, { partitionColumns: [] }, deps);
  return add!;
}

/** Appends rows of those ids; throws where that is not possible. */
export async function append(
  store: ObjectStore,
  base: TableState,
  deps: DeltaDeps,
  ids: readonly number[],
  more: Partial<CommitRequest> = {},
): Promise<TableState> {
  const adds = [await fileOf(store, deps, ...ids)];
  const result = await commit(store, { base, operation: 'WRITE', adds, reads: 'nothing', ...more }, deps);
  if (result.kind !== 'committed') throw new Error(`conflict: ${result.reason}`);
  return result.state;
}

/** Every row of the newest version as canonical JSON, sorted. */
export async function rowsOf(store: ObjectStore, version?: number): Promise<string[]> {
  const snapshot = await loadSnapshot(store, version === undefined ? {} : { version });
  if (snapshot === undefined) return [];
  const rows: string[] = [];
  for await (const batch of scan(store, snapshot)) rows.push(...ndjsonRows(batch));
  return rows.sort();
}

/** Where two lists of rows first differ, in a few words; undefined where they do not. */
export function firstDifference(actual: readonly string[], expected: readonly string[]): string | undefined {
  const at = expected.findIndex((row, i) => row !== actual[i]);
  if (at < 0 && actual.length === expected.length) return undefined;
  return `${actual.length} rows for ${expected.length}; row ${at}: ${actual[at]} for ${expected[at]}`;
}
