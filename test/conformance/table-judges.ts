import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalJson, canonicalValue, ndjsonRows } from '../../src/columns/canonical.ts';
import type { StructType } from '../../src/columns/types.ts';
import { scan } from '../../src/delta/scan.ts';
import { loadSnapshot, type Snapshot } from '../../src/delta/snapshot.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { firstDifference } from '../support/delta-rig.ts';
import type { Need } from './check.ts';
import { judgeRows, openJudge } from './duckdb-rows.ts';
import { PYTHON } from './engines.ts';
import { runCommand } from './run-command.ts';
import { useSpark, useTrino } from './running.ts';
import { queryTrino } from './trino/query.ts';
import { asTrinoSees, asTrinoTakesPartition, canonicalOfTrino } from './trino/rows.ts';

/** Another engine that reads the newest version of a table in a folder. */
export type TableJudge = {
  readonly name: string;
  readonly needs: readonly Need[];
  /** every row in canonical JSON */
  readonly rows: (table: string, schema: StructType) => Promise<readonly string[]>;
  /** every row as we read it, in the same form */
  readonly ours: (table: string, snapshot: Snapshot) => Promise<readonly string[]>;
};

const DELTA_RS = fileURLToPath(new URL('./delta_rs.py', import.meta.url));

export const deltaRsJudge: TableJudge = {
  name: 'delta-rs',
  needs: ['deltalake'],
  rows: (table, schema) => dumpedRows(schema, (out) => deltaRsDoes('dump', table, out)),
  ours: exactRows,
};

export const sparkJudge: TableJudge = {
  name: 'Spark',
  needs: ['spark'],
  rows: (table, schema) =>
    dumpedRows(schema, async (out) => {
      const spark = await useSpark();
      await spark.ask({ do: 'dump', table, out });
    }),
  ours: exactRows,
};

/** It stands for Athena, which is made of it. Its timestamps have milliseconds: rounded in files, cut off in partition values. */
export const trinoJudge: TableJudge = {
  name: 'Trino',
  needs: ['trino'],
  async rows(table, schema) {
    const { endpoint } = await useTrino();
    const name = await registerTable(endpoint, table);
    const columns = schema.fields.map((column) => `"${column.name}"`).join(', ');
    const rows = await queryTrino(endpoint, `SELECT ${columns} FROM ${name}`);
    return rows.map((row) => {
      const values = row.map((value, i) => canonicalOfTrino(value, schema.fields[i]!.type));
      return jsonOf(schema, (i) => values[i]);
    });
  },
  async ours(table, snapshot) {
    const rows: string[] = [];
    const partitions = new Set(snapshot.metadata.partitionColumns);
    for await (const batch of scan(createFolderStore(table), snapshot)) {
      for (let row = 0; row < batch.length; row++) {
        rows.push(
          jsonOf(batch.schema, (i) => {
            const { name: column, type } = batch.schema.fields[i]!;
            const value = canonicalValue(batch.columns[i]!, row);
            return partitions.has(column) ? asTrinoTakesPartition(value, type) : asTrinoSees(value, type);
          }),
        );
      }
    }
    return rows;
  },
};

/** Has a judge read a table, and compares every row; returns how many there are. @throws Error with the first difference */
export async function agreeOnRows(judge: TableJudge, table: string, about: string): Promise<number> {
  const snapshot = (await loadSnapshot(createFolderStore(table)))!;
  const [theirs, ours] = [await judge.rows(table, snapshot.schema), await judge.ours(table, snapshot)];
  const difference = firstDifference(ours.toSorted(), theirs.toSorted());
  if (difference !== undefined)
    throw new Error(`${about}: ${judge.name} reads otherwise at version ${snapshot.version}: ${difference}`);
  return ours.length;
}

/** Runs a command of `delta_rs.py`. */
export async function deltaRsDoes(...args: readonly string[]): Promise<void> {
  const { code, output } = await runCommand(PYTHON, [DELTA_RS, ...args]);
  if (code !== 0) throw new Error(`delta-rs cannot ${args.join(' ')}: ${output.trim()}`);
}

async function exactRows(table: string, snapshot: Snapshot): Promise<string[]> {
  const rows: string[] = [];
  for await (const batch of scan(createFolderStore(table), snapshot)) rows.push(...ndjsonRows(batch));
  return rows;
}

/** What an engine wrote as plain Parquet into a folder, in DuckDB's reading. */
async function dumpedRows(schema: StructType, dump: (out: string) => Promise<void>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-dump-'));
  try {
    const out = join(folder, 'rows');
    await dump(out);
    const files = (await readdir(out)).filter((name) => name.endsWith('.parquet'));
    const paths = files.map((name) => join(out, name));
    return await judgeRows(await openJudge(), paths, schema);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const registered = new Map<string, string>();

/** The name of a table in Trino: registered when it is first read, and looked at anew with every query. */
async function registerTable(endpoint: string, table: string): Promise<string> {
  const known = registered.get(table);
  if (known !== undefined) return known;
  const name = `t${registered.size}`;
  await queryTrino(endpoint, `CREATE SCHEMA IF NOT EXISTS delta.lake`);
  const call = `schema_name => 'lake', table_name => '${name}', table_location => 'local://${table}'`;
  await queryTrino(endpoint, `CALL delta.system.register_table(${call})`);
  registered.set(table, `delta.lake.${name}`);
  return `delta.lake.${name}`;
}

function jsonOf(schema: StructType, valueOf: (column: number) => unknown): string {
  const members = schema.fields.map(
    ({ name, type }, i) => `${JSON.stringify(name)}:${canonicalJson(type, valueOf(i))}`,
  );
  return `{${members.join(',')}}`;
}
