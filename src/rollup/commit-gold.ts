import type { AddFile, SetTransaction } from '../delta/actions.ts';
import { commit } from '../delta/commit.ts';
import type { DeltaDeps } from '../delta/deps.ts';
import { removeOf } from '../delta/remove.ts';
import type { Snapshot } from '../delta/snapshot.ts';
import { withSchema } from '../delta/table-schema.ts';
import type { StructType } from '../columns/types.ts';
import type { GoldTable } from './gold-files.ts';

/** What becomes of gold in one commit: data files are written, progress is said. */
export type GoldCommit = {
  readonly operation: 'ROLLUP' | 'MODEL';
  /** full: all rows are new, and the columns may be others than before */
  readonly kind: 'incremental' | 'full';
  readonly added: readonly AddFile[];
  readonly removed: readonly AddFile[];
  readonly txns: readonly SetTransaction[];
  /** the definition's columns */
  readonly schema: StructType;
  /** for the log's reader */
  readonly parameters: Readonly<Record<string, unknown>>;
};

/** Whether gold took it: nothing else may have changed gold's rows since it was read. */
export async function commitGold(
  { store, snapshot, layout }: GoldTable,
  update: GoldCommit,
  deps: DeltaDeps,
): Promise<boolean> {
  const now = deps.clock();
  const { operation, kind, added, removed, txns, schema, parameters } = update;
  const result = await commit(
    store,
    {
      base: snapshot,
      operation,
      adds: added,
      removes: removed.map((file) => removeOf(file, now, true)),
      txns,
      ...(kind === 'full' ? newMetadata(snapshot, schema, layout.partitionColumns) : {}),
      info: { operationParameters: { kind, ...parameters } },
      reads: 'table',
    },
    deps,
  );
  return result.kind === 'committed';
}

/** Where all rows are replaced, the table takes the definition's columns, whatever it had. */
function newMetadata(
  { schema: old, metadata }: Snapshot,
  schema: StructType,
  partitionColumns: readonly string[],
) {
  const same =
    JSON.stringify(schema) === JSON.stringify(old) &&
    partitionColumns.join() === metadata.partitionColumns.join();
  return same ? {} : { metadata: withSchema({ ...metadata, partitionColumns }, schema) };
}
