/**
 * Functions of Trino (Athena) that DuckDB lacks or names otherwise, with Trino's meaning: SQL written for Athena runs here as it
 * is. A function that both have and understand differently is not redefined: docs/models.md says which these are.
 */
const MACROS: readonly string[] = [
  'to_unixtime(t) AS epoch_us(t) / 1e6',
  'from_unixtime(s) AS to_timestamp(s)',
  'from_iso8601_timestamp(t) AS CAST(t AS TIMESTAMPTZ)',
  'regexp_like(t, p) AS regexp_matches(t, p)',
  'sequence(a, b) AS generate_series(a, b), (a, b, s) AS generate_series(a, b, s)',
  'array_join(a, d) AS array_to_string(a, d)',
  'array_max(a) AS list_max(a)',
  'array_min(a) AS list_min(a)',
  'is_nan(d) AS isnan(d)',
  'day_of_week(t) AS isodow(t)',
  'dow(t) AS isodow(t)',
  'day_of_year(t) AS dayofyear(t)',
  'doy(t) AS dayofyear(t)',
  'day_of_month(t) AS day(t)',
  'week_of_year(t) AS week(t)',
  'json_extract_scalar(j, p) AS json_extract_string(j, p)',
  'truncate(d) AS trunc(d)',
  'levenshtein_distance(a, b) AS levenshtein(a, b)',
  'map_agg(k, v) AS map_from_entries(list((k, v)) FILTER (k IS NOT NULL))',
  "infinity() AS CAST('infinity' AS DOUBLE)",
  "nan() AS CAST('nan' AS DOUBLE)",
];

/** The statements that make those macros whose names stand in one of the texts: to make them all takes longer than many a query. */
export function trinoMacros(texts: readonly string[]): readonly string[] {
  const all = texts.join(' ').toLowerCase();
  return MACROS.filter((macro) => all.includes(macro.slice(0, macro.indexOf('(')))).map(
    (macro) => `CREATE MACRO ${macro}`,
  );
}
