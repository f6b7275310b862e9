import type { PrimitiveType } from '../columns/types.ts';
import { type Faults, isFields, show } from './faults.ts';
import type { Lookup, LookupValue } from './model.ts';
import { describeBadColumnName, describeBadName } from './name-rules.ts';

/** The relation that holds the windows to be made. */
export const WINDOWS = 'windows';

/** The small relations of a model, each with one type a column. */
export function resolveLookups(given: unknown, path: string, faults: Faults): readonly Lookup[] {
  if (given === undefined) return [];
  if (!isFields(given)) {
    faults.add(path, `${show(given)} is no object of rows by relation`);
    return [];
  }
  return Object.entries(given).flatMap(([name, rows]) =>
    resolveLookup(name, rows, `${path}.${name}`, faults),
  );
}

function resolveLookup(name: string, given: unknown, path: string, faults: Faults): Lookup[] {
  const badName = name === WINDOWS ? `${WINDOWS} is the relation of the windows` : describeBadName(name);
  if (badName !== undefined) faults.add(path, badName);
  if (!Array.isArray(given) || given.length === 0 || !given.every(isFields)) {
    faults.add(
      path,
      `${show(given)} is no list of rows, one at least, such as [{ state: 6, name: 'Execute' }]`,
    );
    return [];
  }
  const rows: readonly Readonly<Record<string, unknown>>[] = given;
  const names = Object.keys(rows[0]!);
  for (const column of names) {
    const fault = describeBadColumnName(column);
    if (fault !== undefined) faults.add(`${path}[0].${column}`, fault);
  }
  for (const [i, row] of rows.entries()) {
    if (names.length !== Object.keys(row).length || names.some((column) => !Object.hasOwn(row, column)))
      faults.add(`${path}[${i}]`, `its columns are not those of the first row, ${names.join(', ')}`);
  }
  const columns = names.map((column) => {
    const values = rows.map((row) => row[column]);
    const type = typeOf(values);
    if (type === undefined)
      faults.add(`${path}.${column}`, 'its values are not all text, all numbers or all true or false');
    return { name: column, type: type ?? ('string' as const) };
  });
  return [
    { name, columns, rows: rows.map((row) => names.map((column) => (row[column] ?? null) as LookupValue)) },
  ];
}

/** The type that holds all values that are not null; undefined where none does. */
function typeOf(values: readonly unknown[]): PrimitiveType | undefined {
  const present = values.filter((value) => value !== null);
  if (present.every((value) => typeof value === 'string')) return 'string';
  if (present.every((value) => typeof value === 'boolean')) return 'boolean';
  if (present.every((value) => Number.isSafeInteger(value))) return 'long';
  return present.every((value) => typeof value === 'number' && Number.isFinite(value)) ? 'double' : undefined;
}
