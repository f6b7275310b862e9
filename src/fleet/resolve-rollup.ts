import { PARTITION_COLUMN } from '../columns/reserved.ts';
import { describeUnevenWindow, isShorterThanHour, parseWindow, WINDOW_FORM } from './durations.ts';
import { type Faults, isFields, list, refuseUnknownKeys, show } from './faults.ts';
import type { Column, Measure, Rollup, Table, Window } from './model.ts';
import { describeBadColumnName } from './name-rules.ts';
import { PARTITIONS, readOptions } from './options.ts';
import { isNumeric } from './resolve-column.ts';
import { ROLLUP } from './schema.ts';

const OPTIONS = ['every', 'by', 'measures', 'lateness', 'partition'];
const MEASURES = ['count', 'sum', 'avg', 'min', 'max', 'first', 'last', 'stddev', 'p50', 'p90', 'p99'];

const TAKEN: readonly string[] = [...Object.values(ROLLUP), ...Object.values(PARTITION_COLUMN)];

type Context = {
  readonly fleet: string;
  readonly timeZone: string;
  readonly tables: Readonly<Record<string, Table>>;
  readonly path: string;
  readonly faults: Faults;
};

/** A rollup of a definition, checked, its defaults filled in; undefined where nothing can be made of it. */
export function resolveRollup(name: string, definition: unknown, context: Context): Rollup | undefined {
  const { fleet, timeZone, tables, path, faults } = context;
  if (!isFields(definition) || definition['kind'] !== 'rollup' || !isFields(definition['options'])) {
    faults.add(path, `${show(definition)} is no rollup; make it with rollup('table', { every, measures })`);
    return undefined;
  }
  const given = definition['options'];
  const source = definition['source'];
  const table = typeof source === 'string' && Object.hasOwn(tables, source) ? tables[source] : undefined;
  if (table === undefined)
    faults.add(path, `no table ${show(source)}; tables are ${list(Object.keys(tables))}`);
  refuseUnknownKeys(given, OPTIONS, path, faults);
  const options = readOptions(given, path, faults);
  const every = resolveWindow(given['every'], `${path}.every`, faults);
  const by = options.texts('by') ?? [];
  const measures = resolveMeasures(given['measures'], path, faults);
  const partition = options.choice('partition', PARTITIONS);
  const lateness = options.duration('lateness') ?? 0;
  if (table === undefined || every === undefined) return undefined;
  checkGroups(by, table, path, faults);
  checkMeasures(measures, by, table, path, faults);
  const byDay = partition ?? (isShorterThanHour(every) ? 'day' : 'month');
  return { fleet, name, source: table.name, every, by, measures, lateness, timeZone, partition: byDay };
}

export function resolveWindow(given: unknown, path: string, faults: Faults): Window | undefined {
  const window = typeof given === 'string' ? parseWindow(given) : undefined;
  const uneven = window === undefined ? undefined : describeUnevenWindow(window);
  if (window === undefined) faults.add(path, `${show(given)} is not ${WINDOW_FORM}`);
  else if (uneven !== undefined) faults.add(path, uneven);
  return window;
}

function resolveMeasures(given: unknown, path: string, faults: Faults): Readonly<Record<string, Measure>> {
  if (!isFields(given) || Object.keys(given).length === 0) {
    faults.add(`${path}.measures`, 'a rollup needs a measure at least, such as { readings: count() }');
    return {};
  }
  const measures: Record<string, Measure> = {};
  for (const [name, measure] of Object.entries(given)) {
    if (isMeasure(measure)) measures[name] = measure;
    else
      faults.add(
        `${path}.measures.${name}`,
        `${show(measure)} is no measure; measures are ${list(MEASURES)}`,
      );
  }
  return measures;
}

function isMeasure(given: unknown): given is Measure {
  if (!isFields(given) || !MEASURES.some((kind) => kind === given['kind'])) return false;
  return given['kind'] === 'count' || typeof given['column'] === 'string';
}

function checkGroups(by: readonly string[], table: Table, path: string, faults: Faults): void {
  for (const [i, name] of by.entries()) {
    const at = `${path}.by[${i}]`;
    const column = findColumn(name, table, at, faults);
    if (by.indexOf(name) < i) faults.add(at, `${name} stands there already`);
    if (TAKEN.includes(name))
      faults.add(at, `every rollup has a column ${name} of its own; name the table's otherwise`);
    if (column?.json === true || ['double', 'float', 'binary'].some((type) => type === column?.type)) {
      faults.add(at, `${name} is ${describeType(column!)}: its values make no groups`);
    }
  }
}

function checkMeasures(
  measures: Readonly<Record<string, Measure>>,
  by: readonly string[],
  table: Table,
  path: string,
  faults: Faults,
): void {
  for (const [name, measure] of Object.entries(measures)) {
    const at = `${path}.measures.${name}`;
    const badName = describeBadColumnName(name);
    if (badName !== undefined) faults.add(at, badName);
    if (TAKEN.includes(name))
      faults.add(at, `every rollup has a column ${name} of its own; name it otherwise`);
    if (by.includes(name)) faults.add(at, `${name} is a group already; name it otherwise`);
    if (measure.kind === 'count') continue;
    const column = findColumn(measure.column, table, at, faults);
    if (column !== undefined && !allows(measure.kind, column)) {
      faults.add(
        at,
        `${measure.kind} of ${column.name}, which is ${describeType(column)}; it needs ${NEEDS[measure.kind]}`,
      );
    }
  }
}

type ColumnMeasureKind = Exclude<Measure['kind'], 'count'>;

const NUMBERS = 'numbers';
const ORDERED_NUMBERS = 'numbers, dates or timestamps';
const NEEDS: Readonly<Record<ColumnMeasureKind, string>> = {
  sum: NUMBERS,
  avg: NUMBERS,
  stddev: NUMBERS,
  p50: ORDERED_NUMBERS,
  p90: ORDERED_NUMBERS,
  p99: ORDERED_NUMBERS,
  min: 'numbers, dates, timestamps or text',
  max: 'numbers, dates, timestamps or text',
  first: 'any column',
  last: 'any column',
};

function allows(kind: ColumnMeasureKind, { type, json }: Column): boolean {
  switch (kind) {
    case 'sum':
    case 'avg':
    case 'stddev':
      return isNumeric(type);
    case 'p50':
    case 'p90':
    case 'p99':
      return isNumeric(type) || type === 'date' || type === 'timestamp';
    case 'min':
    case 'max':
      return !json && type !== 'boolean' && type !== 'binary';
    case 'first':
    case 'last':
      return true;
  }
}

function findColumn(name: string, { columns }: Table, at: string, faults: Faults): Column | undefined {
  const column = columns.find((each) => each.name === name);
  if (column === undefined) {
    faults.add(at, `no column ${show(name)}; columns are ${list(columns.map((each) => each.name))}`);
  }
  return column;
}

function describeType({ type, json }: Column): string {
  if (json) return 'JSON';
  if (type === 'string') return 'text';
  return type === 'binary' ? 'binary' : `a ${type}`;
}
