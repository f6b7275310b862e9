import { loadSnapshot } from '../../src/delta/snapshot.ts';
import { modelSchema } from '../../src/fleet/index.ts';
import type { Fleet, Lookup, Model } from '../../src/fleet/model.ts';
import type { PrimitiveType } from '../../src/columns/types.ts';
import { lakeEntries } from '../../src/lake/lake-entries.ts';
import { modelGrid } from '../../src/models/model-grid.ts';
import { asOfIn } from '../../src/models/model-progress.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { queryTrino } from './trino/query.ts';
import { canonicalOfTrino } from './trino/rows.ts';

const TYPES: Readonly<Partial<Record<PrimitiveType, string>>> = {
  string: 'varchar',
  long: 'bigint',
  integer: 'integer',
  double: 'double',
  boolean: 'boolean',
  timestamp: 'timestamp(6) with time zone',
};

/** Makes the tables of a lake in a folder, and the views of their current rows, known to Trino under their names in SQL. */
export async function registerLake(
  endpoint: string,
  schema: string,
  lake: string,
  fleet: Fleet,
): Promise<void> {
  await queryTrino(endpoint, `CREATE SCHEMA IF NOT EXISTS delta.${schema}`);
  for (const { name, path, view } of lakeEntries([fleet])) {
    if ((await loadSnapshot(createFolderStore(`${lake}/${path}`))) === undefined) continue;
    const call = `schema_name => '${schema}', table_name => '${name}', table_location => 'local://${lake}/${path}'`;
    await queryTrino(endpoint, `CALL delta.system.register_table(${call})`);
    if (view !== undefined)
      await queryTrino(endpoint, `CREATE VIEW delta.${schema}.${view.name} AS ${view.sql}`, schema);
  }
}

/**
 * All rows that Trino makes of a model's own text, as canonical values in the order of its columns, over windows that reach
 * from `from` to `to`: those without rows give none.
 */
export async function rowsByTrino(
  endpoint: string,
  schema: string,
  {
    model,
    lake,
    from,
    to,
  }: { readonly model: Model; readonly lake: string; readonly from: number; readonly to: number },
): Promise<readonly (readonly unknown[])[]> {
  const snapshot = (await loadSnapshot(createFolderStore(`${lake}/${model.fleet}/${model.name}`)))!;
  const replaceView = (name: string, sql: string) =>
    queryTrino(endpoint, `CREATE OR REPLACE VIEW delta.${schema}.${name} AS ${sql}`, schema);
  if (model.every !== undefined)
    await replaceView('windows', windowsSql(model, from, to, asOfIn(snapshot.txns)!));
  for (const lookup of model.lookups) await replaceView(lookup.name, lookupSql(lookup));
  const { fields } = modelSchema({ ...model, partition: 'none' });
  const columns = fields.map(({ name, type }) => `CAST("${name}" AS ${TYPES[type as PrimitiveType]})`);
  const rows = await queryTrino(
    endpoint,
    `SELECT ${columns.join(', ')} FROM (\n${model.sql}\n) AS m`,
    schema,
  );
  return rows.map((row) => row.map((value, i) => canonicalOfTrino(value, fields[i]!.type)));
}

function windowsSql(model: Model, from: number, to: number, asOf: number): string {
  const rows: string[] = [];
  for (const run of modelGrid(model, from, to)) {
    const shift = run.shift === undefined ? 'CAST(NULL AS varchar)' : `'${run.shift}'`;
    for (let at = run.from; at < run.to; at += run.width)
      rows.push(`(${instant(at)}, ${instant(at + run.width)}, ${shift}, ${instant(asOf)})`);
  }
  return `SELECT * FROM (VALUES ${rows.join(', ')}) AS w(window_start, window_end, shift, as_of)`;
}

function lookupSql({ columns, rows }: Lookup): string {
  const values = rows.map((row) => {
    const cells = row.map((value, i) => {
      const text =
        value === null
          ? 'NULL'
          : typeof value === 'string'
            ? `'${value.replaceAll("'", "''")}'`
            : String(value);
      return `CAST(${text} AS ${TYPES[columns[i]!.type]})`;
    });
    return `(${cells.join(', ')})`;
  });
  return `SELECT * FROM (VALUES ${values.join(', ')}) AS l(${columns.map(({ name }) => name).join(', ')})`;
}

function instant(at: number): string {
  return `TIMESTAMP '${new Date(at).toISOString().replace('T', ' ').replace('Z', '')} UTC'`;
}
