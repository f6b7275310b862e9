/** The quarantine's place in the lake and its name in SQL: no fleet may be called so. */
export const QUARANTINE_PATH = 'quarantine';
export const QUARANTINE_SQL_NAME = 'quarantine';

/** A table's or rollup's folder in the lake. */
export function tablePath(fleet: string, name: string): string {
  return `${fleet}/${name}`;
}

/** Its name in SQL, in Athena and here. */
export function sqlName(fleet: string, name: string): string {
  return `${fleet}_${name}`;
}

/** The view with one row an identity, the later arrival. */
export function currentViewName(fleet: string, name: string): string {
  return `${sqlName(fleet, name)}_current`;
}
