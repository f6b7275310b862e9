import type { ColumnBatch } from '../columns/column.ts';
import { selectRows } from '../columns/select.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { DeltaDeps } from './deps.ts';
import { DeltaError } from './errors.ts';
import { bindPredicate, describePredicate, EVERY_ROW, type Predicate } from './predicate.ts';
import { matchingRows } from './predicate-rows.ts';
import { assertStillFits, prepareRows, type PreparedRows, type RowSource } from './prepare-rows.ts';
import { removeOf } from './remove.ts';
import type { Snapshot } from './snapshot.ts';
import { plainRows } from './table-rows.ts';
import type { TableState } from './table-state.ts';
import { createTaker } from './take-rows.ts';
import { type Change, type Outcome, transact } from './transact.ts';

export type OverwriteOptions = {
  /** the rows that are replaced, by partition or any other columns; all rows by default */
  readonly where?: Predicate;
  /** what the rows of a file are ordered by */
  readonly sortBy?: readonly string[];
  /** kept in the table's history */
  readonly userMetadata?: string;
};

export type OverwriteReport = Change & {
  readonly written: number;
  /** rows replaced; undefined where a file went as a whole whose writer did not count its rows */
  readonly deleted: number | undefined;
  readonly copied: number;
};

/**
 * Puts rows in the place of those for which `where` is true, in one commit. The new rows have to be such rows themselves.
 * @throws DeltaError naming the first row that is none
 */
export async function overwriteRows(
  store: ObjectStore,
  source: RowSource,
  options: OverwriteOptions,
  deps: DeltaDeps,
): Promise<Outcome<OverwriteReport>> {
  const { where, sortBy = [], userMetadata } = options;
  // a mistake in the caller must not cost the whole table
  if ('where' in options && where === undefined) {
    throw new DeltaError('"where" is undefined: leave it out to replace all rows, or say which');
  }
  const take = createTaker(store, deps);
  let prepared: PreparedRows | undefined;
  const plan = async (snapshot: Snapshot) => {
    const predicate = where === undefined ? EVERY_ROW : bindPredicate(where, snapshot.schema);
    const check = where === undefined ? undefined : insideOf(snapshot, where);
    const settings = { sortBy, ...(check === undefined ? {} : { check }) };
    prepared ??= await prepareRows(store, snapshot, source, settings, deps);
    assertStillFits(prepared, snapshot);
    const { removed, kept, taken, copied, matches } = await take(snapshot, predicate);
    const report = { written: prepared.rows, deleted: taken, copied };
    if (removed.length === 0 && prepared.adds.length === 0) return { request: undefined, report };
    const now = deps.clock();
    const request = {
      operation: 'WRITE',
      adds: [...kept, ...prepared.adds],
      removes: removed.map((file) => removeOf(file, now, true)),
      reads: { files: [], matches },
      info: {
        operationParameters: {
          mode: 'Overwrite',
          partitionBy: JSON.stringify(snapshot.metadata.partitionColumns),
          ...(where === undefined ? {} : { predicate: describePredicate(where) }),
        },
        operationMetrics: {
          ...(taken === undefined ? {} : { numDeletedRows: String(taken) }),
          numCopiedRows: String(copied),
        },
        ...(userMetadata === undefined ? {} : { userMetadata }),
      },
    } as const;
    return { request, report };
  };
  return transact(store, plan, deps);
}

/** Looks whether rows are among those that they replace: else the next overwrite would not find them. */
function insideOf(state: TableState, where: Predicate): (batch: ColumnBatch) => void {
  const predicate = bindPredicate(where, state.schema);
  return (batch) => {
    const inside = matchingRows(predicate, batch);
    if (inside.length === batch.length) return;
    const first = inside.findIndex((row, i) => row !== i);
    const outside = first < 0 ? inside.length : first;
    const [row] = plainRows(selectRows(batch, Uint32Array.of(outside)));
    throw new DeltaError(
      `row ${outside} is none of those that it should replace, ${describePredicate(where)}: ${describeRow(row)}`,
    );
  };
}

function describeRow(row: unknown): string {
  const text = JSON.stringify(row, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
