import { Hono } from 'hono';
import { UsageError } from '../../../src/errors.ts';
import type { Fleet } from '../../../src/fleet/model.ts';
import { COMMON_QUERIES, exampleQueries, reportNames } from '../fleet-report.ts';
import { oneOf, takeQuery, takeTexts, wholeNumber } from '../input.ts';
import { PAGE_ROWS, type QueryDesk } from '../query-desk.ts';

const ID = /^[\w-]{8,64}$/;

/** Queries over the lake: what may be named, running one, turning its pages, taking it home. */
export function sqlRoutes(deps: { readonly desk: QueryDesk; readonly fleets: readonly Fleet[] }) {
  return new Hono()
    .get('/names', (context) =>
      context.json({
        names: reportNames(deps.fleets),
        examples: [...deps.fleets.flatMap(exampleQueries), ...COMMON_QUERIES],
      }),
    )
    .post('/queries', takeTexts(['id', 'sql']), async (context) => {
      const { id, sql } = context.req.valid('json');
      if (!ID.test(id))
        throw new UsageError(`id is ${JSON.stringify(id)}: give 8 to 64 letters, digits, _ and -`);
      return context.json(await deps.desk.run(id, sql));
    })
    .get('/queries/:id/rows', takeQuery('offset', 'limit'), async (context) => {
      const { offset, limit } = context.req.valid('query');
      const rows = await deps.desk.page(
        context.req.param('id'),
        wholeNumber(offset, 'offset') ?? 0,
        wholeNumber(limit, 'limit', { min: 1, max: 5_000 }) ?? PAGE_ROWS,
      );
      return context.json({ rows });
    })
    .get('/queries/:id/download', takeQuery('format'), async (context) => {
      const format = oneOf(context.req.valid('query').format, 'format', ['csv', 'parquet']) ?? 'csv';
      const { body, bytes } = await deps.desk.download(context.req.param('id'), format);
      return context.body(body, 200, {
        'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/vnd.apache.parquet',
        'content-length': String(bytes),
        'content-disposition': `attachment; filename="tributary.${format}"`,
      });
    })
    .delete('/queries/:id', async (context) =>
      context.json({ ended: await deps.desk.end(context.req.param('id')) }),
    );
}
