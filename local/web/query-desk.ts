import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { textRows } from '../../src/columns/canonical.ts';
import type { ColumnBatch } from '../../src/columns/column.ts';
import { UsageError } from '../../src/errors.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { loadLakeTables } from '../../src/lake/lake-tables.ts';
import { createResultKeeper, type KeptResult } from '../../src/sql/kept-results.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';

/** What one query may take, and how many results are kept at a time. */
export type DeskBounds = {
  readonly timeMs: number;
  readonly memory: number;
  readonly spill: number;
  readonly results: number;
};

export const DESK_BOUNDS: DeskBounds = {
  timeMs: 30_000,
  memory: 512 * 2 ** 20,
  spill: 2 * 2 ** 30,
  results: 4,
};

export const PAGE_ROWS = 200;

export type QueryAnswer = {
  readonly id: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: number;
  readonly milliseconds: number;
  /** the first page: texts, null where absent */
  readonly page: readonly (readonly (string | null)[])[];
};

/** Runs queries over the lake, one at a time, and keeps their newest results for whoever turns their pages. */
export type QueryDesk = {
  run(id: string, sql: string): Promise<QueryAnswer>;
  page(id: string, offset: number, limit: number): Promise<QueryAnswer['page']>;
  download(
    id: string,
    format: 'csv' | 'parquet',
  ): Promise<{ readonly body: ReadableStream; readonly bytes: number }>;
  /** Ends the query or drops its result. False where there is neither. */
  end(id: string): Promise<boolean>;
  close(): Promise<void>;
};

export function createQueryDesk(deps: {
  readonly lake: ObjectStore;
  readonly fleets: readonly Fleet[];
  readonly stagingDirectory: string;
  readonly bounds?: Partial<DeskBounds>;
}): QueryDesk {
  const bounds = { ...DESK_BOUNDS, ...deps.bounds };
  const keeper = createResultKeeper({
    stagingDirectory: deps.stagingDirectory,
    memoryLimit: bounds.memory,
    spillLimit: bounds.spill,
  });
  const results = new Map<string, KeptResult>();
  const running = new Map<string, AbortController>();

  async function keep(id: string, result: KeptResult): Promise<void> {
    results.set(id, result);
    for (const [oldest, each] of results) {
      if (results.size <= bounds.results) break;
      results.delete(oldest);
      await each[Symbol.asyncDispose]();
    }
  }

  function find(id: string): KeptResult {
    const result = results.get(id);
    if (result !== undefined) return result;
    throw new UsageError(
      `there is no result ${id}: only the newest ${bounds.results} are kept, run the query again`,
    );
  }

  return {
    async run(id, sql) {
      if (running.size > 0) throw new UsageError('another query is running: cancel it, or wait for its end');
      if (results.has(id)) throw new UsageError(`there is a result ${id} already: give another id`);
      const controller = new AbortController();
      running.set(id, controller);
      const began = performance.now();
      try {
        const { tables, views } = await loadLakeTables(deps.lake, deps.fleets, { mentionedIn: sql });
        const result = await keeper.run({ sql, tables, views, signal: controller.signal }, bounds.timeMs);
        const first = await result.page(0, PAGE_ROWS);
        await keep(id, result);
        return {
          id,
          columns: first.schema.fields.map(({ name, type }) => ({
            name,
            type: typeof type === 'string' ? type : type.type,
          })),
          rows: result.rows,
          milliseconds: performance.now() - began,
          page: cellsOf(first),
        };
      } finally {
        running.delete(id);
      }
    },
    async page(id, offset, limit) {
      return cellsOf(await find(id).page(offset, limit));
    },
    async download(id, format) {
      const file = await find(id).export(format);
      const { size } = await stat(file.path);
      const read = createReadStream(file.path);
      read.once('close', () => void file[Symbol.asyncDispose]());
      return { body: Readable.toWeb(read) as ReadableStream, bytes: size };
    },
    async end(id) {
      const controller = running.get(id);
      controller?.abort(new UsageError('the query was cancelled'));
      const result = results.get(id);
      results.delete(id);
      await result?.[Symbol.asyncDispose]();
      return controller !== undefined || result !== undefined;
    },
    async close() {
      for (const controller of running.values()) controller.abort(new UsageError('the page is closing'));
      for (const result of results.values()) await result[Symbol.asyncDispose]();
      results.clear();
      await keeper.close();
    },
  };
}

function cellsOf(batch: ColumnBatch): (string | null)[][] {
  return Array.from(textRows(batch), (cells) => cells.map((cell) => cell ?? null));
}
