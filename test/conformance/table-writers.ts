import type { ColumnBatch } from '../../src/columns/column.ts';
import { openTable } from '../../src/delta/index.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { useSpark } from './running.ts';
import { deltaRsDoes } from './table-judges.ts';

/** Rows to be brought in: as columns, and the same as a file of Parquet for those who have no columns of ours. */
export type Rows = { readonly batch: ColumnBatch; readonly file: string };

/** An engine that changes tables. Rows are the same if their `id` is. */
export type TableWriter = {
  readonly name: string;
  readonly append: (table: string, rows: Rows) => Promise<unknown>;
  readonly merge: (table: string, rows: Rows) => Promise<unknown>;
  /** rows from an id on, up to and without another */
  readonly delete: (table: string, from: number, to: number) => Promise<unknown>;
  readonly optimize: (table: string) => Promise<unknown>;
  /** without a grace period */
  readonly vacuum: (table: string) => Promise<unknown>;
};

const open = (table: string) => openTable(createFolderStore(table));

export const ourselves: TableWriter = {
  name: 'Tributary',
  append: async (table, { batch }) => (await open(table)).append(batch),
  merge: async (table, { batch }) => (await open(table)).merge(batch, { on: ['id'] }),
  delete: async (table, from, to) =>
    (await open(table)).delete({
      and: [
        ['id', '>=', from],
        ['id', '<', to],
      ],
    }),
  optimize: async (table) => (await open(table)).optimize(),
  async vacuum(table) {
    const opened = await open(table);
    await opened.checkpoint();
    await opened.vacuum({ retention: 0, force: true });
  },
};

export const deltaRsWriter: TableWriter = {
  name: 'delta-rs',
  append: (table, { file }) => deltaRsDoes('append', table, file),
  merge: (table, { file }) => deltaRsDoes('merge', table, file),
  delete: (table, from, to) => deltaRsDoes('delete', table, `id >= ${from} AND id < ${to}`),
  optimize: (table) => deltaRsDoes('optimize', table),
  vacuum: (table) => deltaRsDoes('vacuum', table),
};

export const sparkWriter: TableWriter = {
  name: 'Spark',
  append: (table, { file }) => runSpark(`INSERT INTO delta.\`${table}\` SELECT * FROM parquet.\`${file}\``),
  merge: (table, { file }) =>
    runSpark(
      `MERGE INTO delta.\`${table}\` t USING parquet.\`${file}\` s ON t.id = s.id
       WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *`,
    ),
  delete: (table, from, to) => runSpark(`DELETE FROM delta.\`${table}\` WHERE id >= ${from} AND id < ${to}`),
  optimize: (table) => runSpark(`OPTIMIZE delta.\`${table}\``),
  vacuum: (table) => runSpark(`VACUUM delta.\`${table}\` RETAIN 0 HOURS`),
};

export async function runSpark(sql: string): Promise<void> {
  const spark = await useSpark();
  await spark.ask({ do: 'sql', sql });
}
