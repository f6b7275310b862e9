import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { DataType, StructType } from '../../src/columns/types.ts';
import { canonicalRows, judgeRows } from './duckdb-rows.ts';

/**
 * What is right for a table, found without the code under test: from the expected rows beside it, or by a replay of its
 * own that knows plain tables only.
 */
export type Expectation =
  | { readonly kind: 'rows'; readonly rows: (schema: StructType) => Promise<string[]> }
  | { readonly kind: 'refusal'; readonly naming: string }
  | { readonly kind: 'no-table' };

type Json = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** @param table folder @param expected folder of Parquet files, if there is one */
export async function expectationOf(
  judge: DuckDBConnection,
  table: string,
  expected: string,
): Promise<Expectation> {
  if (existsSync(expected)) {
    return { kind: 'rows', rows: (schema) => judgeRows(judge, parquetFiles(expected), schema) };
  }
  const log = join(table, '_delta_log');
  if (!existsSync(log)) return { kind: 'no-table' };
  const lacking = await findLackingCheckpoint(judge, log);
  if (lacking !== undefined) return { kind: 'refusal', naming: lacking };
  const actions = readdirSync(log)
    .filter((name) => /^\d{20}\.json$/.test(name))
    .sort()
    .flatMap((name) => readFileSync(join(log, name), 'utf8').split('\n'))
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Json);
  const last = (kind: string) => actions.findLast((action) => kind in action)?.[kind];
  const [protocol, metaData] = [last('protocol'), last('metaData')];
  if (protocol !== undefined && Number(protocol['minReaderVersion']) > 3) {
    return { kind: 'refusal', naming: `minReaderVersion ${String(protocol['minReaderVersion'])}` };
  }
  if (protocol === undefined) return { kind: 'refusal', naming: 'protocol' };
  if (metaData === undefined) return { kind: 'refusal', naming: 'metaData' };
  if (metaData['schemaString'] === undefined) return { kind: 'refusal', naming: 'schema' };
  const live = new Map<string, Readonly<Record<string, unknown>>>();
  for (const { add, remove } of actions) {
    if (remove) live.delete(plainPath(remove));
    if (add) live.set(plainPath(add), add);
  }
  const missing = Array.from(live.keys()).find((path) => !existsSync(join(table, path)));
  if (missing !== undefined) return { kind: 'refusal', naming: 'is live at version' };
  return { kind: 'rows', rows: (schema) => replayedRows(judge, table, Array.from(live.values()), schema) };
}

function plainPath(file: Readonly<Record<string, unknown>>): string {
  return decodeURIComponent(String(file['path'])).replace(/^file:\/*/, '/');
}

/** A checkpoint without protocol or metadata cannot stand for the log before it. */
async function findLackingCheckpoint(judge: DuckDBConnection, log: string): Promise<string | undefined> {
  const checkpoint = readdirSync(log)
    .sort()
    .findLast((name) => /^\d{20}\.checkpoint\.parquet$/.test(name));
  if (checkpoint === undefined) return undefined;
  const counts = `SELECT count(protocol.minReaderVersion), count(metaData.id) FROM read_parquet('${join(log, checkpoint)}')`;
  const [row] = (await judge.runAndReadAll(counts)).getRows();
  if (row?.[0] === 0n) return 'protocol';
  return row?.[1] === 0n ? 'metaData' : undefined;
}

async function replayedRows(
  judge: DuckDBConnection,
  table: string,
  adds: readonly Readonly<Record<string, unknown>>[],
  schema: StructType,
): Promise<string[]> {
  const rows: string[] = [];
  for (const add of adds) {
    const partition = add['partitionValues'] as Readonly<Record<string, string | null>>;
    const file = join(table, plainPath(add));
    const held = (await judge.runAndReadAll(`SELECT name FROM parquet_schema('${file}')`))
      .getRows()
      .map(([name]) => name);
    const columns = schema.fields.map(({ name, type }) => {
      if (name in partition) return `${partitionLiteral(partition[name] ?? null, type)} AS "${name}"`;
      return held.includes(name) ? `"${name}"` : `NULL AS "${name}"`;
    });
    rows.push(
      ...(await canonicalRows(
        judge,
        `SELECT ${columns.join(', ')} FROM read_parquet('${file}', hive_partitioning = false)`,
        schema,
      )),
    );
  }
  return rows.sort();
}

function parquetFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.parquet') && !name.startsWith('.'))
    .map((name) => join(folder, name));
}

function partitionLiteral(value: string | null, type: DataType): string {
  if (value === null) return 'NULL';
  const types: Readonly<Record<string, string>> = {
    string: 'VARCHAR',
    long: 'BIGINT',
    integer: 'INTEGER',
    short: 'SMALLINT',
    byte: 'TINYINT',
    double: 'DOUBLE',
    float: 'FLOAT',
    boolean: 'BOOLEAN',
    date: 'DATE',
    timestamp: 'TIMESTAMPTZ',
  };
  return `CAST('${value.replaceAll("'", "''")}' AS ${types[String(type)] ?? String(type)})`;
}
