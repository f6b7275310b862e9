import { ORIGIN } from '../columns/reserved.ts';
import { type Faults, isFields, list, refuseUnknownKeys, show } from './faults.ts';
import type { Column, Table } from './model.ts';
import { type OptionReader, PARTITIONS, readOptions } from './options.ts';
import { resolveColumn } from './resolve-column.ts';
import { resolvePath } from './resolve-source.ts';
import { levelNames, resolveDevice, resolveTopic } from './resolve-topic.ts';

const OPTIONS = [
  'topic',
  'device',
  'columns',
  'eventTime',
  'identity',
  'partition',
  'sortBy',
  'keepPayload',
  'retained',
  'readings',
  'nullText',
  'maxAhead',
  'maxAge',
  'rowLevels',
];

const HOUR = 3_600_000;

/** Where a part of a definition stands, for its faults. */
type Place = { readonly path: string; readonly faults: Faults };
type Owner = { readonly fleet: string; readonly timeZone: string };

/** A table of a definition, checked, its defaults filled in; undefined where it is none at all. */
export function resolveTable(
  { fleet, timeZone }: Owner,
  name: string,
  definition: unknown,
  place: Place,
): Table | undefined {
  const { path, faults } = place;
  if (!isFields(definition) || definition['kind'] !== 'table' || !isFields(definition['options'])) {
    faults.add(path, `${show(definition)} is no table; make it with table({ topic, device, columns })`);
    return undefined;
  }
  const given = definition['options'];
  refuseUnknownKeys(given, OPTIONS, path, faults);
  const options = readOptions(given, path, faults);
  const segments = resolveTopic(given['topic'], `${path}.topic`, faults);
  const levels = levelNames(segments);
  const columns = resolveColumns(given['columns'], { levels, timeZone }, place);
  const eventTime = resolveEventTime(options, columns, place);
  const identity = resolveIdentity(options, columns, eventTime, place);
  const readings = options.text('readings');
  return {
    fleet,
    name,
    topic: String(given['topic']),
    segments,
    device: resolveDevice(given['device'], levels, `${path}.device`, faults),
    columns,
    readings:
      readings === undefined
        ? { kind: 'auto' }
        : { kind: 'at', path: resolvePath(readings, `${path}.readings`, faults) },
    eventTime,
    identity,
    partition: options.choice('partition', PARTITIONS) ?? 'day',
    sortBy: resolveSorting(options, columns, place) ?? Array.from(new Set([eventTime, ...identity])),
    keepPayload: options.flag('keepPayload'),
    retained: options.flag('retained'),
    nullText: options.texts('nullText') ?? [],
    rowLevels: resolveRowLevels(given['rowLevels'], levels, place),
    maxAhead: options.duration('maxAhead') ?? HOUR,
    maxAge: options.duration('maxAge'),
  };
}

function resolveColumns(
  given: unknown,
  context: { readonly levels: readonly string[]; readonly timeZone: string },
  { path, faults }: Place,
): Column[] {
  if (!isFields(given) || Object.keys(given).length === 0) {
    faults.add(`${path}.columns`, 'a table needs a column at least');
    return [];
  }
  return Object.entries(given).flatMap(([name, definition]) => {
    const column = resolveColumn(name, definition, { ...context, path: `${path}.columns.${name}`, faults });
    return column === undefined ? [] : [column];
  });
}

function resolveEventTime(
  options: OptionReader,
  columns: readonly Column[],
  { path, faults }: Place,
): string {
  const name = options.text('eventTime');
  if (name === undefined) return ORIGIN.arrivedAt;
  const at = `${path}.eventTime`;
  const column = findColumn(name, columns, at, faults);
  if (column !== undefined && column.type !== 'timestamp') {
    faults.add(at, `${name} is a ${column.type}; the event time is a timestamp`);
  } else if (column?.optional === true) {
    faults.add(at, `${name} is optional; a reading without its time could be put nowhere`);
  }
  return name;
}

function resolveIdentity(
  options: OptionReader,
  columns: readonly Column[],
  eventTime: string,
  { path, faults }: Place,
): readonly string[] {
  const names = options.texts('identity') ?? [];
  const at = `${path}.identity`;
  if (names.length === 0) return names;
  refuseDoubles(names, at, faults);
  for (const [i, name] of names.entries()) {
    const column = findColumn(name, columns, `${at}[${i}]`, faults);
    if (column === undefined) continue;
    if (column.optional)
      faults.add(`${at}[${i}]`, `${name} is optional; rows that lack it would be taken for one`);
    refuseUnordered(column, `${at}[${i}]`, faults);
  }
  if (eventTime === ORIGIN.arrivedAt) {
    faults.add(at, 'it needs an eventTime: by their arrival all readings differ');
  } else if (!names.includes(eventTime)) {
    faults.add(
      at,
      `the event time, ${eventTime}, has to be among it: readings of different times are not the same`,
    );
  }
  return names;
}

function resolveSorting(options: OptionReader, columns: readonly Column[], { path, faults }: Place) {
  const names = options.texts('sortBy');
  const at = `${path}.sortBy`;
  if (names !== undefined) refuseDoubles(names, at, faults);
  for (const [i, name] of (names ?? []).entries()) {
    if (name === ORIGIN.arrivedAt || name === ORIGIN.topic) continue;
    const column = findColumn(name, columns, `${at}[${i}]`, faults);
    if (column !== undefined) refuseUnordered(column, `${at}[${i}]`, faults);
  }
  return names;
}

function resolveRowLevels(given: unknown, levels: readonly string[], { path, faults }: Place) {
  const at = `${path}.rowLevels`;
  if (given === undefined) return {};
  if (!isFields(given)) {
    faults.add(at, `${show(given)} is no mapping from levels to fields, such as { station: 'Location' }`);
    return {};
  }
  const options = readOptions(given, at, faults);
  const entries = Object.keys(given).flatMap((level) => {
    if (!levels.includes(level)) {
      faults.add(`${at}.${level}`, `the topic has no level {${level}}; its levels are ${list(levels)}`);
    }
    const field = options.text(level);
    return field === undefined ? [] : [[level, field] as const];
  });
  return Object.fromEntries(entries);
}

function findColumn(
  name: string,
  columns: readonly Column[],
  at: string,
  faults: Faults,
): Column | undefined {
  const column = columns.find((each) => each.name === name);
  if (column === undefined) {
    faults.add(at, `no column ${show(name)}; columns are ${list(columns.map((each) => each.name))}`);
  }
  return column;
}

function refuseDoubles(names: readonly string[], at: string, faults: Faults): void {
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) < i) faults.add(`${at}[${i}]`, `${name} stands there already`);
  }
}

function refuseUnordered({ name, type, json }: Column, at: string, faults: Faults): void {
  if (json) faults.add(at, `${name} is JSON: the same value can be written in several ways`);
  else if (type === 'binary') faults.add(at, `${name} is binary, which has no order that all engines share`);
}
