import { ORIGIN } from '../columns/reserved.ts';
import type { ColumnDefinition } from './column-definition.ts';
import { checkFleet } from './check-fleet.ts';
import { checkRollup } from './check-rollup.ts';
import { checkTable } from './check-table.ts';
import { DefinitionError, type Faults } from './definition-error.ts';
import { nominalLength, parseDuration, parseWindow } from './durations.ts';
import type {
  Column,
  DeviceRule,
  Fleet,
  Milliseconds,
  Rollup,
  Simulation,
  SimulatedDevice,
  Table,
  Tile,
} from './model.ts';
import type { RollupDefinition } from './rollup-definition.ts';
import { parsePath, resolveSource } from './source-definition.ts';
import type { DeviceDefinition, TableDefinition } from './table-definition.ts';
import { parseTopicTemplate } from './topics.ts';

type Tables = Readonly<Record<string, TableDefinition>>;
type ColumnName<T> = T extends TableDefinition<infer C> ? keyof C & string : never;

/** A rollup over one of these tables, whose columns are that table's. */
type RollupOver<T extends Tables> = {
  [N in keyof T & string]: RollupDefinition<N, ColumnName<T[N]>>;
}[keyof T & string];

type TileOver<Source extends string, Column extends string> = Omit<Tile, 'source' | 'columns' | 'by'> & {
  readonly source: Source;
  readonly columns: readonly Column[];
  readonly by?: Column;
};

type Shown<R> =
  R extends RollupDefinition<string, string, infer S> ? S | 'window_start' | 'window_end' : never;

/** A tile over a table or a rollup of the fleet, naming its columns. */
type TileOf<T extends Tables, R> =
  | { [N in keyof T & string]: TileOver<N, ColumnName<T[N]>> }[keyof T & string]
  | { [N in keyof R & string]: TileOver<N, Shown<R[N]>> }[keyof R & string];

export type FleetDefinition<T extends Tables, R extends Readonly<Record<string, RollupOver<T>>>> = {
  /** lower case: in SQL `<fleet>_<table>`, in the lake `<fleet>/<table>/` */
  readonly name: string;
  /** IANA name; windows of a day and above, and local times, follow it. UTC by default */
  readonly timeZone?: string;
  /** how long the event source may wait to fill a batch: fewer, larger files against latency. `'1 minute'` by default */
  readonly batchWindow?: string;
  readonly tables: T;
  readonly rollups?: R;
  readonly tiles?: readonly NoInfer<TileOf<T, R>>[];
  readonly simulation?: {
    readonly devices: number;
    /** between two messages of a device: `'1 second'` */
    readonly interval: string;
    readonly device: (index: number, random: () => number) => SimulatedDevice;
  };
};

/**
 * Checks a fleet and fills in what it leaves open. Everything about the fleet follows from what is returned.
 *
 * @throws DefinitionError where the definition contradicts itself, naming the path of each fault
 */
export function defineFleet<
  const T extends Tables,
  const R extends Readonly<Record<string, RollupOver<T>>> = Record<never, never>,
>(definition: FleetDefinition<T, R>): Fleet {
  const found: string[] = [];
  const faults: Faults = (path, what) => void found.push(`${path}: ${what}`);
  const { name, timeZone = 'UTC', tiles = [] } = definition;
  const rollupDefinitions: Readonly<Record<string, RollupDefinition>> = definition.rollups ?? {};

  checkFleet(definition as unknown as Parameters<typeof checkFleet>[0], faults);
  const tables = mapEntries(definition.tables, (key, table) => {
    const path = `${name}.tables.${key}`;
    const resolved = resolveTable(name, key, table, timeZone, (option, text) =>
      duration(`${path}.${option}`, text, faults),
    );
    checkTable(path, resolved, faults);
    return resolved;
  });
  const rollups = mapEntries(rollupDefinitions, (key, rollup) => {
    const path = `${name}.rollups.${key}`;
    const resolved = resolveRollup(name, key, rollup, timeZone, path, faults);
    checkRollup(path, resolved, tables, faults);
    return resolved;
  });
  const batchWindow = duration(`${name}.batchWindow`, definition.batchWindow ?? '1 minute', faults);
  const simulation =
    definition.simulation && resolveSimulation(definition.simulation, `${name}.simulation`, faults);
  if (found.length > 0) throw new DefinitionError(found);
  return {
    name,
    timeZone,
    batchWindow,
    tables,
    rollups,
    tiles: tiles.map((tile) => ({ ...(tile as Tile), by: (tile as Tile).by })),
    simulation,
  };
}

function resolveTable(
  fleet: string,
  name: string,
  { options }: TableDefinition,
  fleetZone: string,
  parse: (option: string, text: string) => Milliseconds,
): Table {
  const { eventTime = ORIGIN.arrivedAt, identity = [], device } = options;
  return {
    fleet,
    name,
    topic: options.topic,
    segments: parseTopicTemplate(options.topic),
    device: resolveDevice(device),
    columns: Object.entries(options.columns).map(([key, column]) => resolveColumn(key, column, fleetZone)),
    readings:
      options.readings === undefined ? { kind: 'auto' } : { kind: 'at', path: parsePath(options.readings) },
    eventTime,
    identity,
    partition: options.partition ?? 'day',
    sortBy: options.sortBy ?? [eventTime, ...identity.filter((column) => column !== eventTime)],
    keepPayload: options.keepPayload ?? false,
    nullText: options.nullText ?? [],
    rowLevels: options.rowLevels ?? {},
    maxAhead: parse('maxAhead', options.maxAhead ?? '1 hour'),
    maxAge: options.maxAge === undefined ? undefined : parse('maxAge', options.maxAge),
  };
}

function resolveDevice(device: DeviceDefinition): DeviceRule {
  if (typeof device.kind === 'string') return { kind: 'topicLevel', name: String(device.name) };
  const levels = device as Readonly<Record<string, { readonly name: string }>>;
  return { kind: 'attributes', levels: mapEntries(levels, (_, attribute) => attribute.name) };
}

function resolveColumn(name: string, { type, json, options }: ColumnDefinition, fleetZone: string): Column {
  const source = resolveSource(options.from ?? [name.replaceAll('.', '\\.')]);
  return {
    name,
    type,
    source,
    optional: options.optional ?? false,
    coerce: options.coerce ?? false,
    min: options.min,
    max: options.max,
    unit: options.unit,
    description: options.description,
    // a time over several fields carries no offset: it is the fleet's local time unless the column says otherwise
    time:
      type === 'timestamp'
        ? {
            format: options.format ?? 'iso',
            zone: options.zone ?? (source.kind === 'timeFields' ? fleetZone : undefined),
          }
        : undefined,
    json,
  };
}

function resolveRollup(
  fleet: string,
  name: string,
  { source, options }: RollupDefinition,
  timeZone: string,
  path: string,
  faults: Faults,
): Rollup {
  const every = parseWindow(options.every);
  if (every === undefined) {
    faults(
      `${path}.every`,
      `${JSON.stringify(options.every)} is no window; write '1 minute', '15 minutes', '1 hour', '1 day' …`,
    );
  }
  const window = every ?? { count: 1, unit: 'day' };
  return {
    fleet,
    name,
    source,
    every: window,
    by: options.by ?? [],
    measures: options.measures,
    lateness: duration(`${path}.lateness`, options.lateness ?? '0 seconds', faults),
    timeZone,
    partition:
      options.partition ??
      (nominalLength(window) < nominalLength({ count: 1, unit: 'hour' }) ? 'day' : 'month'),
  };
}

function resolveSimulation(
  simulation: { readonly devices: number; readonly interval: string; readonly device: Simulation['device'] },
  path: string,
  faults: Faults,
): Simulation {
  const { devices, device } = simulation;
  if (!Number.isSafeInteger(devices) || devices < 1)
    faults(`${path}.devices`, `${devices} is no whole number above 0`);
  return { devices, interval: duration(`${path}.interval`, simulation.interval, faults), device };
}

function duration(path: string, text: string, faults: Faults): Milliseconds {
  const parsed = parseDuration(text);
  if (parsed === undefined)
    faults(
      path,
      `${JSON.stringify(text)} is no duration; write '30 seconds', '5 minutes', '1 hour', '7 days' …`,
    );
  return parsed ?? 0;
}

function mapEntries<V, W>(
  record: Readonly<Record<string, V>>,
  map: (key: string, value: V) => W,
): Readonly<Record<string, W>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(key, value)]));
}
