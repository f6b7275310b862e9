import { TableRefusedError } from '../delta/errors.ts';
import { partitionColumns, type Route, tablePath, tableSchema } from '../fleet/index.ts';
import type { Table } from '../fleet/model.ts';
import type { ShardRun } from '../streams/stream.ts';
import { assertNotSuperseded, type Epochs, fenceTable } from './epochs.ts';
import type { IngestDeps } from './ingest-deps.ts';
import type { LakeTable, TableWish } from './lake.ts';
import { openForRuns } from './meet-shards.ts';
import { firstBeyondProgress } from './progress.ts';

/** A table that takes part in a batch, by whether it can be written now. */
export type OpenedTable =
  /** `firsts`: for each run the first record that the table does not hold yet */
  | { readonly kind: 'open'; readonly table: LakeTable; readonly firsts: readonly number[] }
  | { readonly kind: 'refused'; readonly why: string }
  /** its fault is in `faults`: the batch will come again, the other tables go on */
  | { readonly kind: 'faulty' };

export type OpenedTables = {
  /** by table path */
  readonly tables: ReadonlyMap<string, OpenedTable>;
  /** for each record of the batch the tables that take its topic */
  readonly routes: readonly (readonly Route[])[];
  readonly faults: readonly unknown[];
};

/** What the lake should hold for a table of a fleet. */
export function wishOf(table: Table): TableWish {
  return {
    path: tablePath(table.fleet, table.name),
    schema: tableSchema(table),
    partitionColumns: partitionColumns(table),
    description: `readings of ${table.topic}`,
  };
}

/**
 * Opens every table that a record of the batch is routed to; one table's fault does not keep the others out.
 *
 * @param turn whose turn it is, and the paths of the tables to be fenced before they are looked at
 */
export async function openShares(
  runs: readonly ShardRun[],
  turn: { readonly epochs: Epochs; readonly fenced: ReadonlySet<string> },
  deps: Pick<IngestDeps, 'lake' | 'router'>,
): Promise<OpenedTables> {
  const routes = runs.flatMap((run) => run.records.map((record) => deps.router(record.key)));
  const wanted = new Set<Table>();
  for (const taking of routes) for (const { table } of taking) wanted.add(table);
  const tables = new Map<string, OpenedTable>();
  const faults: unknown[] = [];
  await Promise.all(
    Array.from(wanted, async (wantedTable) => {
      const wish = wishOf(wantedTable);
      const { path } = wish;
      try {
        const table = await openForRuns(runs, wish, deps.lake);
        if (turn.fenced.has(path)) await fenceTable(table, runs, turn.epochs, deps.lake);
        assertNotSuperseded(table, runs, turn.epochs, deps.lake);
        tables.set(path, {
          kind: 'open',
          table,
          firsts: runs.map((run) => firstBeyondProgress(run, table.state.txns)),
        });
      } catch (error) {
        if (error instanceof TableRefusedError) {
          tables.set(path, { kind: 'refused', why: error.message });
        } else {
          faults.push(error);
          tables.set(path, { kind: 'faulty' });
        }
      }
    }),
  );
  return { tables, routes, faults };
}
