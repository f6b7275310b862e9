/** Longest name of a fleet, table, rollup or column: two of them and a suffix stay below every engine's limit. */
const MAX_NAME_LENGTH = 63;

/** Words that Trino (Athena) or DuckDB would not take for a column's name unless it is quoted. */
const RESERVED_WORDS = new Set(
  `all alter analyse analyze and any array as asc asymmetric between both by case cast check collate column constraint
  create cross cube current_catalog current_date current_path current_role current_schema current_time current_timestamp
  current_user deallocate default deferrable delete desc describe distinct do drop else end escape except execute exists
  extract false fetch for foreign from full group grouping having in initially inner insert intersect into is join lambda
  lateral leading left like limit listagg localtime localtimestamp natural normalize not null offset on only or order outer
  pivot placing prepare primary qualify recursive references returning right rollup select show skip some summarize
  symmetric table then to trailing trim true uescape union unique unnest unpivot using values variadic when where window
  with`.split(/\s+/),
);

/** Why this cannot be the name of a fleet, table or rollup; undefined where it can. */
export function describeBadName(name: string): string | undefined {
  if (name.startsWith('_')) return 'names that begin with _ are reserved';
  if (!/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(name)) {
    return 'names are lower-case letters, digits and single _ between them, as in wind_speed, and begin with a letter';
  }
  return name.length > MAX_NAME_LENGTH ? `names have at most ${MAX_NAME_LENGTH} characters` : undefined;
}

/** The same of a column or measure, which SQL has to take without quotes. */
export function describeBadColumnName(name: string): string | undefined {
  const fault = describeBadName(name);
  if (fault !== undefined) return fault;
  return RESERVED_WORDS.has(name)
    ? `${name} is a word of SQL; name it otherwise and say from: '${name}'`
    : undefined;
}
