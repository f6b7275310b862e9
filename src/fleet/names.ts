/** The lake's one table for what cannot become rows: its folder and its name in SQL. No fleet may be called so. */
export const QUARANTINE_PATH = 'quarantine';
export const QUARANTINE_SQL_NAME = 'quarantine';

/** A table's or rollup's folder in the lake. */
export function tablePath(fleet: string, name: string): string {
  return `${fleet}/${name}`;
}

/** A table's or rollup's name in SQL, in Athena as on a laptop. */
export function sqlName(fleet: string, name: string): string {
  return `${fleet}_${name}`;
}

/** The view of a table that holds one row an identity, the later arrival. */
export function currentViewName(fleet: string, table: string): string {
  return `${sqlName(fleet, table)}_current`;
}

/** The view of a table, by its name in SQL, for tools that know neither time zones nor bytes. */
export function utcViewName(name: string): string {
  return `${name}_utc`;
}
