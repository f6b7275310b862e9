import { DuckDBInstance } from '@duckdb/node-api';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SqlFile } from '../../src/sql/sql-engine.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';

/** A folder of its own for a test, gone after it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-sql-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Reads a folder as a store does; `inPlace`: says where its files lie. `fetched` counts the gets by key. */
export function readingStore(
  root: string,
  inPlace: boolean,
): ObjectStore & { readonly fetched: Map<string, number> } {
  const fetched = new Map<string, number>();
  const refuse = () => Promise.reject(new Error('this store is read only'));
  return {
    fetched,
    async get(key) {
      fetched.set(key, (fetched.get(key) ?? 0) + 1);
      try {
        return readFileSync(join(root, key));
      } catch {
        return undefined;
      }
    },
    getRange: refuse,
    put: refuse,
    putIfAbsent: refuse,
    delete: refuse,
    list: async function* list() {},
    ...(inPlace ? { localPath: (key: string) => join(root, key) } : {}),
  };
}

/** Writes each query's rows as a Parquet file at its key. */
export async function writeDataFiles(root: string, queries: Readonly<Record<string, string>>): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    await connection.run(`SET TimeZone = 'UTC'`);
    for (const [key, query] of Object.entries(queries)) {
      const path = join(root, key);
      mkdirSync(dirname(path), { recursive: true });
      await connection.run(`COPY (${query}) TO '${path.replaceAll("'", "''")}' (FORMAT parquet)`);
    }
  } finally {
    instance.closeSync();
  }
}

export function sqlFile(
  root: string,
  key: string,
  partitionValues: SqlFile['partitionValues'] = {},
): SqlFile {
  return { key, size: statSync(join(root, key)).size, partitionValues };
}
