import { selectRows } from '../columns/select.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { AddFile } from './actions.ts';
import type { DeltaDeps } from './deps.ts';
import { fileIdentity } from './file-path.ts';
import { mapInOrder } from './in-order.ts';
import type { BoundPredicate } from './predicate.ts';
import { fileMatcher } from './predicate-files.ts';
import { matchingRows } from './predicate-rows.ts';
import { readFile } from './read-file.ts';
import { withRetries } from './retry.ts';
import type { Snapshot } from './snapshot.ts';
import { parseStats, recordCount } from './stats.ts';
import { writeFiles } from './write-files.ts';

/** Files rewritten at a time. */
const WIDTH = 4;

/** What takes rows out of a table: the files that held some, and their other rows in new files. */
export type Taking = {
  readonly removed: readonly AddFile[];
  readonly kept: readonly AddFile[];
  /** rows taken out; undefined where a file went as a whole whose writer did not count its rows */
  readonly taken: number | undefined;
  readonly copied: number;
  /** of a file that another adds meanwhile: whether it may hold such rows */
  readonly matches: (add: AddFile) => boolean;
};

type Rewrite = Pick<Taking, 'kept' | 'copied'> & { readonly taken: number };

/**
 * Takes the rows for which a predicate is true out of a table, by copying the others (copy-on-write). A file of which the
 * log proves that all its rows go is not read. What was written for an attempt serves the next one.
 */
export function createTaker(
  store: ObjectStore,
  deps: DeltaDeps,
): (snapshot: Snapshot, where: BoundPredicate) => Promise<Taking> {
  const known = new Map<string, Rewrite>();
  const rewrite = async (snapshot: Snapshot, where: BoundPredicate, file: AddFile): Promise<Rewrite> => {
    const rows = await withRetries(() => readFile(store, snapshot, file), deps);
    const matching = matchingRows(where, rows);
    const copied = rows.length - matching.length;
    if (matching.length === 0 || copied === 0) return { kept: [], copied: 0, taken: matching.length };
    const rest = selectRows(rows, otherRows(rows.length, matching));
    const { partitionColumns } = snapshot.metadata;
    return {
      kept: await writeFiles(store, rest, { partitionColumns }, deps),
      copied,
      taken: matching.length,
    };
  };
  return async (snapshot, where) => {
    const match = fileMatcher(snapshot, where);
    const files = snapshot.files.filter((file) => match(file) !== 'none');
    const rewrites = mapInOrder(files, WIDTH, async (file) => {
      if (match(file) === 'every') return { file, rewrite: undefined };
      // rows are written as the table's columns are now
      const key = `${fileIdentity(file)}\n${snapshot.metadata.schemaString}`;
      const done = known.get(key) ?? (await rewrite(snapshot, where, file));
      known.set(key, done);
      return { file, rewrite: done };
    });
    const removed: AddFile[] = [];
    const kept: AddFile[] = [];
    let taken: number | undefined = 0;
    let copied = 0;
    for await (const { file, rewrite: done } of rewrites) {
      if (done?.taken === 0) continue;
      removed.push(file);
      kept.push(...(done?.kept ?? []));
      copied += done?.copied ?? 0;
      const rows = done?.taken ?? countRows(file);
      taken = taken === undefined || rows === undefined ? undefined : taken + rows;
    }
    return { removed, kept, taken, copied, matches: (add) => match(add) !== 'none' };
  };
}

/** Undefined where the file's writer did not say. */
function countRows(file: AddFile): number | undefined {
  return parseStats(file).numRecords === undefined ? undefined : recordCount(file);
}

/** The numbers below `length` that are not among `rows`, which ascend. */
function otherRows(length: number, rows: Uint32Array): Uint32Array {
  const others = new Uint32Array(length - rows.length);
  let next = 0;
  let at = 0;
  for (let row = 0; row < length; row++) {
    if (rows[at] === row) at++;
    else others[next++] = row;
  }
  return others;
}
