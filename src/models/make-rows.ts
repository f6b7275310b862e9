import { PARTITION_COLUMN } from '../columns/reserved.ts';
import type { ColumnBatch } from '../columns/column.ts';
import { columnOf } from '../columns/select.ts';
import { TributaryError } from '../errors.ts';
import { modelSchema, ROLLUP, WINDOWS } from '../fleet/index.ts';
import type { Model } from '../fleet/model.ts';
import type { TimeRange } from '../rollup/window-set.ts';
import { duckDbTypeOf } from '../sql/duckdb-types.ts';
import { quoteName } from '../sql/quote.ts';
import type { SqlEngine, SqlRequest, SqlTable, SqlView } from '../sql/sql-engine.ts';
import { SqlError } from '../sql/sql-error.ts';
import { type NamedRun, runsWithin } from './model-grid.ts';
import { lookupView, windowsView } from './model-relations.ts';
import { modelPath } from './model-sources.ts';
import { type OpenSource, relationOf } from './open-source.ts';
import { filesFor, rowFilter } from './source-filter.ts';

/** What a model's SQL is run over. */
export type Making = {
  readonly model: Model;
  readonly sources: readonly OpenSource[];
  readonly sql: SqlEngine;
  /** milliseconds; undefined where no source has rows */
  readonly asOf: number | undefined;
  /** paths of the data files that were read */
  readonly read: Set<string>;
};

/** All rows of a model without windows, as `modelSchema` has them. */
export async function makeAllRows(making: Making): Promise<ColumnBatch> {
  return makeRows(making, requestOf(making, undefined), '');
}

/** The rows of the windows in the ranges, which are made of whole windows of the grid; rows stand by window. */
export async function makeWindowRows(
  making: Making,
  grid: readonly NamedRun[],
  ranges: readonly TimeRange[],
): Promise<ColumnBatch> {
  const request = requestOf(making, { runs: runsWithin(grid, ranges), ranges });
  const start = quoteName(ROLLUP.start);
  // rows of windows that nobody asked for would stand twice
  return makeRows(
    making,
    request,
    ` SEMI JOIN ${WINDOWS} AS w ON m.${start} = w.${start} ORDER BY m.${start}`,
  );
}

/** Refuses SQL that gives other columns than the model names. Types are left to the cast. */
export async function checkColumns(making: Making): Promise<void> {
  const { model } = making;
  const batch = await ask(making, requestOf(making, { runs: [], ranges: [] }), `DESCRIBE ${bodyOf(model)}`);
  const given = columnOf(batch, 'column_name').values as readonly string[];
  const wanted = model.columns.map(({ name }) => name);
  const missing = wanted.filter((name) => !given.includes(name));
  const surplus = given.filter((name) => !wanted.includes(name));
  if (missing.length === 0 && surplus.length === 0) return;
  const what = [
    ...(missing.length === 0 ? [] : [`does not give ${missing.join(', ')}`]),
    ...(surplus.length === 0 ? [] : [`gives ${surplus.join(', ')}, which columns do not name`]),
  ];
  throw new SqlError(`model ${modelPath(model)}: its SQL ${what.join(', and ')}`);
}

type Windows = { readonly runs: readonly NamedRun[]; readonly ranges: readonly TimeRange[] };

function requestOf(
  { model, sources, asOf, read }: Making,
  windows: Windows | undefined,
): Omit<SqlRequest, 'sql'> {
  const tables: SqlTable[] = [];
  const views: SqlView[] = [];
  for (const source of sources) {
    const { name, view } = source.entry;
    const narrowed = windows !== undefined && source.rules !== undefined;
    const files = narrowed ? filesFor(source, windows.ranges) : (source.snapshot?.files ?? []);
    for (const file of files) read.add(`${source.entry.path}/${file.path}`);
    // no name of a definition holds two _ in a row
    const relation = narrowed ? `${name}__rows` : name;
    tables.push(relationOf(source, relation, files));
    if (narrowed) {
      const filter = rowFilter(source.rules, windows.ranges);
      views.push({ name, sql: `SELECT * FROM ${quoteName(relation)} WHERE ${filter}` });
    }
    if (source.current && view !== undefined) views.push(view);
  }
  if (windows !== undefined) views.push(windowsView(windows.runs, asOf));
  return { tables, views: [...views, ...model.lookups.map(lookupView)] };
}

async function makeRows(
  making: Making,
  request: Omit<SqlRequest, 'sql'>,
  rest: string,
): Promise<ColumnBatch> {
  const { model } = making;
  const schema = modelSchema(model);
  const start = `m.${quoteName(ROLLUP.start)}`;
  const computed: Readonly<Record<string, string>> = {
    // the session is in UTC
    [PARTITION_COLUMN.day]: start,
    [PARTITION_COLUMN.month]: `date_trunc('month', ${start})`,
  };
  const columns = schema.fields.map(({ name, type }) => {
    const value = computed[name] ?? `m.${quoteName(name)}`;
    return `CAST(${value} AS ${duckDbTypeOf(type)}) AS ${quoteName(name)}`;
  });
  const batch = await ask(
    making,
    request,
    `SELECT ${columns.join(', ')} FROM (\n${bodyOf(model)}\n) AS m${rest}`,
  );
  for (const [i, { name, type }] of schema.fields.entries()) {
    const got = batch.schema.fields[i];
    if (got?.name !== name || JSON.stringify(got.type) !== JSON.stringify(type))
      throw new TributaryError(`model ${modelPath(model)}: column ${name} came as ${JSON.stringify(got)}`);
  }
  return { ...batch, schema };
}

async function ask(
  { model, sql }: Making,
  request: Omit<SqlRequest, 'sql'>,
  text: string,
): Promise<ColumnBatch> {
  try {
    return await sql.query({ ...request, sql: text });
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw new SqlError(`model ${modelPath(model)}: ${error.message}`, { cause: error });
  }
}

function bodyOf({ sql }: Model): string {
  return sql.trim().replace(/;$/, '');
}
