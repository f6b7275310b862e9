import type { ColumnBatch } from '../columns/column.ts';
import { selectRows } from '../columns/select.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { AddFile } from './actions.ts';
import type { DeltaDeps } from './deps.ts';
import { mapInOrder } from './in-order.ts';
import { createMergeWriter, type FileMerge } from './merge-file.ts';
import { type MergeSource, readMergeSource } from './merge-source.ts';
import { fileMatcher } from './predicate-files.ts';
import { removeOf } from './remove.ts';
import type { Snapshot } from './snapshot.ts';
import type { Row } from './table-rows.ts';
import { type Change, type Outcome, transact } from './transact.ts';
import { writeFiles } from './write-files.ts';

/** Files looked at at a time. */
const WIDTH = 4;

export type MergeOptions = {
  /** the columns by which rows are the same */
  readonly on: readonly string[];
  /** keys of rows that shall go; those that the table does not hold are left alone */
  readonly deletes?: readonly Row[] | ColumnBatch;
  /** 'update' by default: sets the columns that the rows name, and leaves the others as they are */
  readonly whenMatched?: 'update' | 'ignore';
  /** 'insert' by default */
  readonly whenNotMatched?: 'insert' | 'ignore';
  /** kept in the table's history */
  readonly userMetadata?: string;
};

export type MergeReport = Change & {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** rows that were rewritten because they stood beside changed ones */
  readonly copied: number;
};

/**
 * Brings rows into a table by key: a row that the table has is updated, one that it has not is inserted. Only files that
 * may hold a key are looked at, and only those that do are rewritten. A key that stands in several rows of the table
 * updates all of them.
 *
 * @throws DeltaError where a key stands twice among what is brought, or is null
 */
export async function mergeRows(
  store: ObjectStore,
  rows: readonly Row[] | ColumnBatch,
  options: MergeOptions,
  deps: DeltaDeps,
): Promise<Outcome<MergeReport>> {
  const { on, deletes = [], whenMatched = 'update', whenNotMatched = 'insert' } = options;
  const mergeFile = createMergeWriter(store, { on, whenMatched }, deps);
  let source: { readonly schemaString: string; readonly read: MergeSource } | undefined;
  let inserts: { readonly of: string; readonly adds: readonly AddFile[] } | undefined;

  async function insert(snapshot: Snapshot, { rows: all }: MergeSource, numbers: readonly number[]) {
    const { schemaString, partitionColumns } = snapshot.metadata;
    const of = `${schemaString}\n${numbers.join()}`;
    if (inserts?.of !== of) {
      const batch = selectRows(all, Uint32Array.from(numbers));
      inserts = { of, adds: await writeFiles(store, batch, { partitionColumns }, deps) };
    }
    return inserts.adds;
  }

  const plan = async (snapshot: Snapshot) => {
    const { schemaString } = snapshot.metadata;
    if (source?.schemaString !== schemaString) {
      source = { schemaString, read: readMergeSource(snapshot, rows, deletes, on) };
    }
    const { read } = source;
    const match = fileMatcher(snapshot, read.where);
    const candidates = snapshot.files.filter((file) => match(file) !== 'none');
    const merges: FileMerge[] = [];
    for await (const merge of mapInOrder(candidates, WIDTH, (file) => mergeFile(snapshot, read, file))) {
      if (merge.matched.size > 0) merges.push(merge);
    }
    const found = new Set(merges.flatMap(({ matched }) => Array.from(matched)));
    const missing = whenNotMatched === 'ignore' ? [] : missingRows(read, found);
    const adds = [...merges.flatMap((merge) => merge.adds), ...(await insert(snapshot, read, missing))];
    const changed = merges.filter(({ updated, deleted }) => updated + deleted > 0);
    const report = {
      inserted: missing.length,
      updated: sum(changed, ({ updated }) => updated),
      deleted: sum(changed, ({ deleted }) => deleted),
      copied: sum(changed, ({ copied }) => copied),
    };
    if (changed.length === 0 && adds.length === 0) return { request: undefined, report };
    const now = deps.clock();
    const request = {
      operation: 'MERGE',
      adds,
      removes: changed.map(({ file }) => removeOf(file, now, true)),
      // a row that was found must not go away meanwhile, one that was not found must not come
      reads: {
        files: merges.map(({ file }) => file),
        matches: (add: AddFile) => match(add) !== 'none',
      },
      info: describeMerge(options, report, read.byKey.size),
    } as const;
    return { request, report };
  };
  return transact(store, plan, deps);
}

/** The rows whose key no file holds. */
function missingRows(
  { byKey }: MergeSource,
  found: ReadonlySet<number | string | bigint | boolean>,
): number[] {
  const numbers: number[] = [];
  for (const [key, row] of byKey) if (row !== 'delete' && !found.has(key)) numbers.push(row);
  return numbers;
}

/** In Delta's words. */
function describeMerge(
  { on, deletes, whenMatched = 'update', whenNotMatched = 'insert', userMetadata }: MergeOptions,
  { inserted, updated, deleted, copied }: Omit<MergeReport, keyof Change>,
  sourceRows: number,
) {
  const actions = (...types: readonly (string | undefined)[]) =>
    JSON.stringify(types.flatMap((actionType) => (actionType === undefined ? [] : [{ actionType }])));
  const isUpdate = whenMatched === 'update';
  return {
    operationParameters: {
      predicate: on.map((name) => `target.${name} = source.${name}`).join(' AND '),
      matchedPredicates: actions(
        isUpdate ? 'update' : undefined,
        deletes === undefined ? undefined : 'delete',
      ),
      notMatchedPredicates: actions(whenNotMatched === 'insert' ? 'insert' : undefined),
    },
    operationMetrics: {
      numSourceRows: String(sourceRows),
      numTargetRowsInserted: String(inserted),
      numTargetRowsUpdated: String(updated),
      numTargetRowsDeleted: String(deleted),
      numTargetRowsCopied: String(copied),
    },
    ...(userMetadata === undefined ? {} : { userMetadata }),
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
