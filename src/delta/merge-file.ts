import type { ColumnBatch } from '../columns/column.ts';
import { columnOf, concatBatches, selectRows } from '../columns/select.ts';
import { struct, type StructField } from '../columns/types.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { AddFile } from './actions.ts';
import type { DeltaDeps } from './deps.ts';
import { fileIdentity } from './file-path.ts';
import type { MergeSource } from './merge-source.ts';
import { readFile } from './read-file.ts';
import { withRetries } from './retry.ts';
import { keysOf, type RowKey } from './row-keys.ts';
import type { Snapshot } from './snapshot.ts';
import { writeFiles } from './write-files.ts';

/** What a merge makes of a file: nothing where no key was found in it. */
export type FileMerge = {
  readonly file: AddFile;
  /** keys of the source that the file holds */
  readonly matched: ReadonlySet<RowKey>;
  /** its rows as they shall be; rows, as numbers, of the file as it is */
  readonly adds: readonly AddFile[];
  readonly updated: number;
  readonly deleted: number;
  readonly copied: number;
};

/**
 * Merges a source into one file. The keys are read first; the rest of the file only where there is something to rewrite.
 * What was written for an attempt serves the next one, as long as the columns are the same.
 */
export function createMergeWriter(
  store: ObjectStore,
  { on, whenMatched }: { readonly on: readonly string[]; readonly whenMatched: 'update' | 'ignore' },
  deps: DeltaDeps,
): (snapshot: Snapshot, source: MergeSource, file: AddFile) => Promise<FileMerge> {
  const known = new Map<string, FileMerge>();

  async function merge(snapshot: Snapshot, source: MergeSource, file: AddFile): Promise<FileMerge> {
    const keys = keysOf(await withRetries(() => readFile(store, snapshot, file, on), deps), on);
    const plan = planRows(keys, source, whenMatched);
    const { matched, updated, deleted } = plan;
    const unchanged = { file, matched, adds: [], updated: 0, deleted: 0, copied: 0 };
    if (updated + deleted === 0) return unchanged;
    const rows = await withRetries(() => readFile(store, snapshot, file), deps);
    const { partitionColumns } = snapshot.metadata;
    const adds = await writeFiles(store, mergedRows(rows, source, plan), { partitionColumns }, deps);
    return { file, matched, adds, updated, deleted, copied: rows.length - updated - deleted };
  }

  return async (snapshot, source, file) => {
    const key = `${fileIdentity(file)}\n${snapshot.metadata.schemaString}`;
    const merged = known.get(key) ?? (await merge(snapshot, source, file));
    known.set(key, merged);
    return merged;
  };
}

type RowPlan = Pick<FileMerge, 'matched' | 'updated' | 'deleted'> & {
  /** the file's rows that stay, and for each the source's row that updates it, or -1 */
  readonly kept: readonly number[];
  readonly updates: readonly number[];
};

function planRows(
  keys: readonly (RowKey | undefined)[],
  { byKey }: MergeSource,
  whenMatched: 'update' | 'ignore',
): RowPlan {
  const matched = new Set<RowKey>();
  const kept: number[] = [];
  const updates: number[] = [];
  let updated = 0;
  keys.forEach((key, row) => {
    const by = key === undefined ? undefined : byKey.get(key);
    if (by !== undefined) matched.add(key!);
    if (by === 'delete') return;
    const update = by === undefined || whenMatched === 'ignore' ? -1 : by;
    kept.push(row);
    updates.push(update);
    if (update >= 0) updated++;
  });
  return { matched, kept, updates, updated, deleted: keys.length - kept.length };
}

/** Each row stays where it is: what the file was sorted by, it mostly is still. */
function mergedRows(rows: ColumnBatch, source: MergeSource, { kept, updates }: RowPlan): ColumnBatch {
  const sourceRows = updates.filter((row) => row >= 0);
  let next = rows.length;
  const merged = Uint32Array.from(kept, (row, i) => (updates[i]! < 0 ? row : next++));
  const isNamed = ({ name }: StructField) => source.named.has(name);
  const update = selectRows(project(source.rows, isNamed), Uint32Array.from(sourceRows));
  const set = selectRows(concatBatches([project(rows, isNamed), update]), merged);
  const left = selectRows(
    project(rows, (field) => !isNamed(field)),
    Uint32Array.from(kept),
  );
  const columns = rows.schema.fields.map((field) => columnOf(isNamed(field) ? set : left, field.name));
  return { schema: rows.schema, length: kept.length, columns };
}

function project(
  { schema, columns, length }: ColumnBatch,
  wanted: (field: StructField) => boolean,
): ColumnBatch {
  const fields = schema.fields.filter(wanted);
  return {
    schema: struct(fields),
    columns: columns.filter((_, i) => wanted(schema.fields[i]!)),
    length,
  };
}
