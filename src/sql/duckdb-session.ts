import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TributaryError } from '../errors.ts';
import { firstLine } from './duckdb-failure.ts';
import { relationStatements } from './duckdb-relation.ts';
import { quoteName, quoteText } from './quote.ts';
import type { SqlFile, SqlRequest, SqlTable } from './sql-engine.ts';
import { DataFileGoneError, SqlError } from './sql-error.ts';
import type { Staging } from './staging.ts';
import { trinoMacros } from './trino-macros.ts';

const GIB = 2 ** 30;

export type DuckDbOptions = {
  /** for copies of data files that lie in no local folder, and for what spills out of memory */
  readonly stagingDirectory: string;
  /** @default 2 */
  readonly threads?: number;
  /** DuckDB's buffers, in bytes; the process takes up to 300 MB more. @default 1 GiB */
  readonly memoryLimit?: number;
  /** bytes that may spill out of memory. @default as much as the disk has, but for a tenth */
  readonly spillLimit?: number;
  /** bytes that the copies may take. @default 4 GiB */
  readonly stagingLimit?: number;
};

/** A locked database over some tables. What it spills lies in `folder`, which goes with it. */
export type DuckDbSession = AsyncDisposable & {
  readonly instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
  /** the session's own; files that it exports may lie there, and nowhere else */
  readonly folder: string;
  /** What the engine threw, as what it means: nothing that the query's author can mend where a data file went. */
  explain(error: unknown): unknown;
};

/**
 * A database of its own, in memory, that holds the tables and views. It is locked before any query is looked at: it may open
 * the tables' data files and its own folder and nothing else, and no setting can be changed any more.
 */
export async function openDuckDbSession(
  request: SqlRequest,
  options: DuckDbOptions,
  staging: Staging,
): Promise<DuckDbSession> {
  await using parts = new AsyncDisposableStack();
  const files = parts.use(await localFiles(request.tables, staging));
  // a folder of its own: DuckDB names what it spills alike in every instance; the name is one that `staging.ts` sweeps
  const folder = join(options.stagingDirectory, `session-${process.pid}-${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  parts.defer(() => rm(folder, { recursive: true, force: true }));
  const instance = parts.adopt(
    await DuckDBInstance.create(':memory:', {
      threads: String(options.threads ?? 2),
      memory_limit: `${options.memoryLimit ?? GIB}B`,
      temp_directory: join(folder, 'spill'),
      ...(options.spillLimit !== undefined && { max_temp_directory_size: `${options.spillLimit}B` }),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    }),
    (each) => each.closeSync(),
  );
  const connection = await instance.connect();
  const explain = (error: unknown) => (error instanceof SqlError ? error : (goneFile(files.paths) ?? error));
  try {
    await lockSession(connection, request, files.paths, folder);
  } catch (error) {
    throw explain(error);
  }
  const open = parts.move();
  return { instance, connection, folder, explain, [Symbol.asyncDispose]: () => open.disposeAsync() };
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

async function lockSession(
  connection: DuckDBConnection,
  request: SqlRequest,
  paths: LocalFiles['paths'],
  folder: string,
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
      `SET allowed_directories = [${quoteText(folder)}]`,
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

/** The first file that was not there when DuckDB went for it. */
function goneFile(paths: LocalFiles['paths']): DataFileGoneError | undefined {
  for (const [table, list] of paths) {
    const at = list.findIndex((path) => !existsSync(path));
    if (at >= 0) return new DataFileGoneError((table.files[at] as SqlFile).key);
  }
  return undefined;
}
