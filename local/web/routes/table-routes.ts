import { Hono } from 'hono';
import { textRows } from '../../../src/columns/canonical.ts';
import { UsageError } from '../../../src/errors.ts';
import type { Fleet } from '../../../src/fleet/model.ts';
import { lakeEntries } from '../../../src/lake/lake-entries.ts';
import { loadLakeTable } from '../../../src/lake/lake-tables.ts';
import { quoteName } from '../../../src/sql/quote.ts';
import type { SqlEngine } from '../../../src/sql/sql-engine.ts';
import { type ObjectStore, prefixedStore } from '../../../src/stores/object-store.ts';
import { takeQuery, wholeNumber } from '../input.ts';
import { reportFiles, reportHistory, reportTable } from '../table-report.ts';

const PREVIEW_MS = 15_000;

/** Tables of the lake by their names in SQL: what their logs say, and their first rows, at any version. */
export function tableRoutes(deps: {
  readonly lake: ObjectStore;
  readonly fleets: readonly Fleet[];
  readonly engine: SqlEngine;
}) {
  const storeOf = (name: string): ObjectStore => {
    const path = lakeEntries(deps.fleets).find((each) => each.name === name)?.path;
    if (path === undefined) throw new UsageError(`no table ${JSON.stringify(name)} in the lake`);
    return prefixedStore(deps.lake, `${path}/`);
  };
  return new Hono()
    .get('/:table', takeQuery('version'), async (context) => {
      const version = wholeNumber(context.req.valid('query').version, 'version');
      const report = await reportTable(storeOf(context.req.param('table')), version);
      if (report === undefined)
        throw new UsageError(`table ${context.req.param('table')} is not in the lake yet`);
      return context.json(report);
    })
    .get('/:table/files', takeQuery('version', 'offset', 'limit'), async (context) => {
      const { version, offset, limit } = context.req.valid('query');
      return context.json(
        await reportFiles(storeOf(context.req.param('table')), {
          version: wholeNumber(version, 'version'),
          offset: wholeNumber(offset, 'offset') ?? 0,
          limit: wholeNumber(limit, 'limit', { min: 1, max: 500 }) ?? 50,
        }),
      );
    })
    .get('/:table/history', takeQuery('before', 'limit'), async (context) => {
      const { before, limit } = context.req.valid('query');
      const commits = await reportHistory(storeOf(context.req.param('table')), {
        before: wholeNumber(before, 'before'),
        limit: wholeNumber(limit, 'limit', { min: 1, max: 500 }) ?? 100,
      });
      return context.json({ commits });
    })
    .get('/:table/rows', takeQuery('version', 'limit'), async (context) => {
      const asked = context.req.valid('query');
      const version = wholeNumber(asked.version, 'version');
      const limit = wholeNumber(asked.limit, 'limit', { min: 1, max: 500 }) ?? 100;
      const name = context.req.param('table');
      const table = await loadLakeTable(
        deps.lake,
        deps.fleets,
        name,
        version === undefined ? {} : { version },
      );
      if (table === undefined) throw new UsageError(`no table ${JSON.stringify(name)} in the lake`);
      const batch = await deps.engine.query({
        // the newest files only: a preview is no reason to read a lake
        sql: `SELECT * FROM ${quoteName(name)} LIMIT ${limit}`,
        tables: [{ ...table, files: table.files.slice(-limit) }],
        signal: AbortSignal.timeout(PREVIEW_MS),
      });
      return context.json({
        columns: batch.schema.fields.map((field) => field.name),
        rows: Array.from(textRows(batch), (cells) => cells.map((cell) => cell ?? null)),
      });
    });
}
