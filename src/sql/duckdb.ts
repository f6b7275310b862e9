import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ColumnBatch } from '../columns/column.ts';
import { TributaryError } from '../errors.ts';
import { relationStatements } from './duckdb-relation.ts';
import { readBatch } from './duckdb-result.ts';
import { assertReads } from './duckdb-statement.ts';
import { quoteName, quoteText } from './quote.ts';
import type { SqlEngine, SqlFile, SqlRequest, SqlTable } from './sql-engine.ts';
import { DataFileGoneError, SqlError } from './sql-error.ts';
import { createStaging, type Staging } from './staging.ts';
import { trinoMacros } from './trino-macros.ts';

const GIB = 2 ** 30;

export type DuckDbOptions = {
  /** for copies of data files that lie in no local folder, and for what spills out of memory */
  readonly stagingDirectory: string;
  /** @default 2 */
  readonly threads?: number;
  /** DuckDB's buffers, in bytes; the process takes up to 300 MB more. @default 1 GiB */
  readonly memoryLimit?: number;
  /** bytes that the copies may take. @default 4 GiB */
  readonly stagingLimit?: number;
};

/**
 * DuckDB as the SQL engine. Every query gets a database of its own, in memory, that holds the request's tables and views; before
 * the query is looked at, the session is locked: it may open the tables' data files and nothing else, and no
 * setting can be changed any more.
 */
export function createDuckDbEngine(options: DuckDbOptions): SqlEngine {
  const staging = createStaging(options.stagingDirectory, options.stagingLimit ?? 4 * GIB);
  return {
    async query(request) {
      using files = await localFiles(request.tables, staging);
      // a folder of its own: DuckDB names what it spills alike in every instance; the name is one that `staging.ts` sweeps
      const spill = join(options.stagingDirectory, `session-${process.pid}-${randomUUID()}`);
      await mkdir(options.stagingDirectory, { recursive: true });
      const instance = await DuckDBInstance.create(':memory:', {
        threads: String(options.threads ?? 2),
        memory_limit: `${options.memoryLimit ?? GIB}B`,
        temp_directory: spill,
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
      });
      try {
        const connection = await instance.connect();
        await openSession(connection, request, files.paths);
        return await runQuery(connection, request.sql);
      } catch (error) {
        throw error instanceof SqlError ? error : (goneFile(files.paths) ?? error);
      } finally {
        instance.closeSync();
        await rm(spill, { recursive: true, force: true });
      }
    },
    close: () => staging.close(),
  };
}

type LocalFiles = { readonly paths: ReadonlyMap<SqlTable, readonly string[]> } & Disposable;

/** Each table's files as local paths: in place where the store is a folder, copies otherwise. */
async function localFiles(tables: readonly SqlTable[], staging: Staging): Promise<LocalFiles> {
  const places = tables.flatMap((table) =>
    table.files.map((file) => ({
      table,
      wanted: { store: table.store, file },
      path: pathInPlace(table, file.key),
    })),
  );
  const lease = await staging.acquire(
    places.filter(({ path }) => path === undefined).map(({ wanted }) => wanted),
  );
  const copies = lease.paths.values();
  const paths = new Map<SqlTable, string[]>(tables.map((table) => [table, []]));
  for (const { table, path } of places) paths.get(table)?.push(path ?? (copies.next().value as string));
  return { paths, [Symbol.dispose]: () => lease.release() };
}

/** A copy serves paths that DuckDB would take for a pattern. */
function pathInPlace(table: SqlTable, key: string): string | undefined {
  const path = table.store.localPath?.(key);
  return path === undefined || /[*?[\]{}]/.test(path) ? undefined : path;
}

async function openSession(
  connection: DuckDBConnection,
  request: SqlRequest,
  paths: LocalFiles['paths'],
): Promise<void> {
  const statements = request.tables.flatMap((table) => relationStatements(table, paths.get(table) ?? []));
  const views = (request.views ?? []).map(({ name, sql }) => `CREATE VIEW ${quoteName(name)} AS ${sql}`);
  const allowed = [...paths.values()].flat().map(quoteText);
  try {
    for (const statement of [
      `SET TimeZone = 'UTC'`,
      ...trinoMacros([request.sql, ...views]),
      ...statements,
      ...views,
      `SET allowed_paths = [${allowed.join(', ')}]`,
      `SET allow_community_extensions = false`,
      `SET enable_external_access = false`,
      `SET lock_configuration = true`,
    ]) {
      await connection.run(statement);
    }
  } catch (error) {
    throw new TributaryError(`the session for the query could not be opened: ${firstLine(error)}`, {
      cause: error,
    });
  }
}

async function runQuery(connection: DuckDBConnection, sql: string): Promise<ColumnBatch> {
  await assertReads(connection, sql);
  try {
    const statement = await connection.prepare(sql);
    if (statement.parameterCount > 0)
      throw new SqlError('query refused: it has parameters; write their values');
    return await readBatch(await statement.stream());
  } catch (error) {
    if (error instanceof SqlError) throw error;
    const line = firstLine(error);
    // what the engine or the files did is nothing that the query's author can mend
    if (/^(IO|Out of Memory|INTERNAL|FATAL|HTTP) Error/i.test(line))
      throw new TributaryError(`query failed: ${line}`, { cause: error });
    throw new SqlError(`query refused: ${line}`, { cause: error });
  }
}

/** The first file that was not there when DuckDB went for it. */
function goneFile(paths: LocalFiles['paths']): DataFileGoneError | undefined {
  for (const [table, list] of paths) {
    const at = list.findIndex((path) => !existsSync(path));
    if (at >= 0) return new DataFileGoneError((table.files[at] as SqlFile).key);
  }
  return undefined;
}

/** DuckDB's message without its picture of the query. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n\n')[0] ?? '').replaceAll(/\s*\n\s*/g, ' ');
}
