import type { ObjectStore } from '../stores/object-store.ts';
import type { DeltaDeps } from './deps.ts';
import { bindPredicate, describePredicate, type Predicate } from './predicate.ts';
import { removeOf } from './remove.ts';
import { createTaker } from './take-rows.ts';
import { type Change, type Outcome, transact } from './transact.ts';

export type DeleteReport = Change & {
  /** rows deleted; undefined where a file went as a whole whose writer did not count its rows */
  readonly deleted: number | undefined;
  /** rows that were rewritten because they stood beside deleted ones */
  readonly copied: number;
};

/**
 * Deletes the rows for which the predicate is true. Files of which partition values and statistics prove that
 * all rows go are not read; of others the remaining rows are rewritten.
 */
export async function deleteRows(
  store: ObjectStore,
  { where, userMetadata }: { readonly where: Predicate; readonly userMetadata?: string },
  deps: DeltaDeps,
): Promise<Outcome<DeleteReport>> {
  const take = createTaker(store, deps);
  const plan = async (snapshot: Parameters<typeof take>[0]) => {
    const predicate = bindPredicate(where, snapshot.schema);
    const { removed, kept, taken, copied, matches } = await take(snapshot, predicate);
    const report = { deleted: taken, copied };
    if (removed.length === 0) return { request: undefined, report };
    const now = deps.clock();
    const request = {
      operation: 'DELETE',
      adds: kept,
      removes: removed.map((file) => removeOf(file, now, true)),
      reads: { files: [], matches },
      info: {
        operationParameters: { predicate: `[${describePredicate(where)}]` },
        operationMetrics: {
          ...(taken === undefined ? {} : { numDeletedRows: String(taken) }),
          numCopiedRows: String(copied),
          numAddedFiles: String(kept.length),
        },
        ...(userMetadata === undefined ? {} : { userMetadata }),
      },
    } as const;
    return { request, report };
  };
  return transact(store, plan, deps);
}
