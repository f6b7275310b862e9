import type { StructType } from '../columns/types.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { commit } from './commit.ts';
import type { DeltaDeps } from './deps.ts';
import { TableRefusedError } from './errors.ts';
import { evolveSchema } from './schema-evolution.ts';
import { withSchema } from './table-schema.ts';
import type { TableState } from './table-state.ts';

/** What a table should look like. The log stays the truth: what it has beside the wish, stays. */
export type SchemaWish = {
  /** of the table, for messages */
  readonly name: string;
  readonly schema: StructType;
  /** undefined: as the table has it */
  readonly partitionColumns?: readonly string[];
};

/**
 * Brings a table's columns to a wish, as far as the protocol lets readers follow: adds nullable ones, widens byte to
 * short to integer.
 *
 * @returns the newest state that is known
 * @throws TableRefusedError for the rest, naming both types
 */
export async function evolveTable(
  store: ObjectStore,
  known: TableState,
  { name, schema, partitionColumns }: SchemaWish,
  deps: DeltaDeps,
): Promise<TableState> {
  let state = known;
  for (;;) {
    const held = state.metadata.partitionColumns;
    if (partitionColumns !== undefined && held.join() !== partitionColumns.join()) {
      throw new TableRefusedError(
        `${name} is partitioned by [${held.join(', ')}], its definition says [${partitionColumns.join(', ')}]: ` +
          'rebuild it under another name',
      );
    }
    const evolution = evolveSchema(state.schema, schema);
    if (evolution.kind === 'same') return state;
    if (evolution.kind === 'refused') throw new TableRefusedError(`${name}: ${evolution.detail}`);
    const metadata = withSchema(state.metadata, evolution.schema);
    const operation = addsOnly(state.schema, evolution.schema) ? 'ADD COLUMNS' : 'CHANGE COLUMN';
    const result = await commit(store, { base: state, operation, metadata, reads: 'nothing' }, deps);
    state = result.state;
  }
}

function addsOnly(before: StructType, after: StructType): boolean {
  return before.fields.every((field, i) => field === after.fields[i]);
}
