import { TableRefusedError } from '../delta/errors.ts';
import { tablePath } from '../fleet/index.ts';
import type { Table } from '../fleet/model.ts';
import type { IngestDeps } from './ingest-deps.ts';
import { wishOf } from './open-shares.ts';
import { placeKey } from './places.ts';
import { NO_TURN, replayIntoTable, type ReplayTurn } from './replay-table.ts';
import type { Returned, ReturnedOutcome } from './returned-readings.ts';

/** What comes back to one table, a message at most once. */
export type TableReturns = { readonly table: Table; readonly returned: readonly Returned[] };

/** What became of a message's readings in one table. */
export type MessageOutcome =
  | ({ readonly kind: 'done' } & ReturnedOutcome)
  /** the table cannot be written for good */
  | { readonly kind: 'refused'; readonly why: string };

export type ReplayOutcome = {
  /** rows that were committed, all tables together */
  readonly rows: number;
  /** by table path and `placeKey`; nothing of a table that failed */
  readonly outcomes: ReadonlyMap<string, ReadonlyMap<string, MessageOutcome>>;
  readonly faults: readonly unknown[];
};

/**
 * Brings readings back into their tables, each table on its own: one that is sick does not keep the others from theirs.
 * What could not become rows is in the outcome; to keep it is the caller's part, after this.
 */
export async function replayOrigins(
  returns: readonly TableReturns[],
  deps: IngestDeps,
  turn: ReplayTurn = NO_TURN,
): Promise<ReplayOutcome> {
  const outcomes = new Map<string, ReadonlyMap<string, MessageOutcome>>();
  const faults: unknown[] = [];
  let rows = 0;
  await Promise.all(
    returns.map(async ({ table, returned }) => {
      const path = tablePath(table.fleet, table.name);
      const collect = (outcomeOf: (number: number) => MessageOutcome) =>
        outcomes.set(
          path,
          new Map(returned.map(({ place }, number) => [placeKey(place), outcomeOf(number)])),
        );
      try {
        const opened = await deps.lake.open(wishOf(table));
        const replay = await replayIntoTable(
          opened,
          returned,
          { lake: deps.lake, decoder: deps.decoderOf(table) },
          turn,
        );
        rows += replay.rows;
        collect((number) => ({ kind: 'done', ...replay.outcomes[number]! }));
      } catch (error) {
        // what this process remembers of the table may be what is wrong with it
        deps.lake.forget(path);
        if (error instanceof TableRefusedError) collect(() => ({ kind: 'refused', why: error.message }));
        else faults.push(error);
      }
    }),
  );
  return { rows, outcomes, faults };
}

export function throwFaults(faults: readonly unknown[]): void {
  if (faults.length === 1) throw faults[0];
  if (faults.length > 1)
    throw new AggregateError(faults, `${faults.length} tables failed: ${faults.map(String).join('; ')}`);
}
