import { ROLLUP, WINDOWS } from '../fleet/index.ts';
import type { Lookup, LookupValue } from '../fleet/model.ts';
import { micros, timestampSql } from '../rollup/window-sql.ts';
import { duckDbTypeOf } from '../sql/duckdb-types.ts';
import { quoteName, quoteText } from '../sql/quote.ts';
import type { SqlView } from '../sql/sql-engine.ts';
import type { NamedRun } from './model-grid.ts';

/**
 * The relation `windows` of a model's SQL. `as_of`: how far what the sources know reaches, the same in each row.
 *
 * @param asOf milliseconds; undefined where no source has rows
 */
export function windowsView(runs: readonly NamedRun[], asOf: number | undefined): SqlView {
  const none = runs.length === 0;
  const rows = runs.map(
    ({ from, to, width, shift }) =>
      `(${micros(from)}, ${micros(to)}, ${micros(width)}, ${shift === undefined ? 'NULL' : quoteText(shift)})`,
  );
  const known = asOf === undefined ? 'CAST(NULL AS TIMESTAMPTZ)' : timestampSql(asOf);
  return {
    name: WINDOWS,
    sql:
      `SELECT make_timestamptz(s) AS ${ROLLUP.start}, make_timestamptz(s + w) AS ${ROLLUP.end}, ` +
      `CAST(shift AS VARCHAR) AS shift, ${known} AS as_of ` +
      `FROM (VALUES ${none ? '(0, 0, 1, NULL)' : rows.join(', ')}) AS r(f, t, w, shift), ` +
      `unnest(range(CAST(f AS BIGINT), CAST(t AS BIGINT), CAST(w AS BIGINT))) AS u(s)`,
  };
}

/** A lookup, in words that Trino takes as well. */
export function lookupView({ name, columns, rows }: Lookup): SqlView {
  const values = rows.map((row) => `(${row.map(literal).join(', ')})`);
  const names = columns.map((column) => quoteName(column.name));
  const casts = columns.map(
    (column) =>
      `CAST(${quoteName(column.name)} AS ${duckDbTypeOf(column.type)}) AS ${quoteName(column.name)}`,
  );
  return {
    name,
    sql: `SELECT ${casts.join(', ')} FROM (VALUES ${values.join(', ')}) AS v(${names.join(', ')})`,
  };
}

function literal(value: LookupValue): string {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? quoteText(value) : String(value);
}
