import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import {
  arrival,
  avg,
  count,
  decimal,
  defineFleet,
  DefinitionError,
  double,
  fields,
  json,
  message,
  p90,
  payload,
  rollup,
  sum,
  table,
  text,
  thingAttribute,
  timestamp,
  topicLevel,
} from '../../src/fleet/index.ts';

/** The design's own example, to the letter. */
const weather = defineFleet({
  name: 'weather',
  tables: {
    observations: table({
      topic: 'weather/{station}/observation',
      device: topicLevel('station'),
      columns: {
        station: text({ from: topicLevel('station') }),
        location: text(),
        observed_at: timestamp({ from: 'timestamp' }),
        temperature_c: double({ unit: '°C', min: -90, max: 60 }),
        humidity_pct: double({ unit: '%', min: 0, max: 100 }),
        precipitation_mm: double({ unit: 'mm', min: 0 }),
        wind_speed_kmh: double({ unit: 'km/h', min: 0 }),
      },
      eventTime: 'observed_at',
      identity: ['station', 'observed_at'],
    }),
  },
  rollups: {
    daily: rollup('observations', {
      every: '1 day',
      by: ['location'],
      measures: {
        readings: count(),
        avg_temperature_c: avg('temperature_c'),
        p90_wind_speed_kmh: p90('wind_speed_kmh'),
        sum_precipitation_mm: sum('precipitation_mm'),
      },
    }),
  },
  tiles: [],
});

describe('a fleet', () => {
  it('has every default filled in', () => {
    expect(weather).toMatchObject({ timeZone: 'UTC', batchWindow: 60_000, simulation: undefined });
    expect(weather.tables['observations']).toMatchObject({
      partition: 'day',
      sortBy: ['observed_at', 'station'],
      keepPayload: false,
      retained: false,
      nullText: [],
      rowLevels: {},
      readings: { kind: 'auto' },
      maxAhead: 3_600_000,
      maxAge: undefined,
    });
    expect(weather.rollups['daily']).toMatchObject({
      source: 'observations',
      every: { count: 1, unit: 'day' },
      lateness: 0,
      timeZone: 'UTC',
      partition: 'month',
    });
  });

  it('takes arrival for the event time where a table names none', () => {
    const { tables } = defineFleet({
      name: 'station',
      tables: {
        motion: table({ topic: 'motion/{board}', device: topicLevel('board'), columns: { msg: text() } }),
      },
    });
    expect(tables['motion']).toMatchObject({
      eventTime: '_arrived_at',
      sortBy: ['_arrived_at'],
      identity: [],
    });
  });

  it('partitions rollups by day below an hour and by month from an hour on', () => {
    const partitionOf = (every: string) =>
      defineFleet({
        name: 'weather',
        tables: { readings: table({ topic: 't/{d}', device: topicLevel('d'), columns: { x: double() } }) },
        rollups: { gold: rollup('readings', { every, measures: { readings: count() } }) },
      }).rollups['gold']?.partition;
    expect(['30 seconds', '15 minutes', '1 hour', '1 month'].map(partitionOf)).toEqual([
      'day',
      'day',
      'month',
      'month',
    ]);
  });

  it('takes values from nested paths, alternatives, the message, the payload and several fields', () => {
    const { columns } = defineFleet({
      name: 'odd',
      timeZone: 'Europe/Berlin',
      tables: {
        all: table({
          topic: 'odd/{line}',
          device: { line: thingAttribute('line') },
          readings: 'data.samples',
          columns: {
            nested: double({ from: 'data.0.a\\.b' }),
            either: double({ from: ['temp', 'Temp'] }),
            site: text({ from: message('site') }),
            whole: json({ from: payload() }),
            came: timestamp({ from: arrival() }),
            at: timestamp({ from: fields({ year: 'y', month: 'm', day: ['d', 'D'] }) }),
            price: decimal(10, 2),
          },
        }),
      },
    }).tables['all']!;
    expect(columns.map(({ source }) => source)).toEqual([
      { kind: 'reading', paths: [['data', 0, 'a.b']] },
      { kind: 'reading', paths: [['temp'], ['Temp']] },
      { kind: 'message', paths: [['site']] },
      { kind: 'reading', paths: [[]] },
      { kind: 'arrival' },
      { kind: 'timeFields', fields: { year: [['y']], month: [['m']], day: [['d'], ['D']] } },
      { kind: 'reading', paths: [['price']] },
    ]);
    // several fields carry no offset: they are local to the fleet
    expect(columns.find(({ name }) => name === 'at')?.time).toEqual({ format: 'iso', zone: 'Europe/Berlin' });
    expect(columns.find(({ name }) => name === 'came')?.time?.zone).toBeUndefined();
    expect(columns.at(-1)?.type).toBe('decimal(10,2)');
  });
});

type Loose = Record<string, unknown>;

/** A sound fleet with some of its parts replaced: as a module that nobody compiled would hand it over. */
function faultsOf(changes: {
  readonly fleet?: Loose;
  readonly table?: Loose;
  readonly columns?: Loose;
  readonly rollup?: Loose;
  readonly source?: unknown;
}): readonly string[] {
  const options = {
    topic: 'pumps/{pump}/reading',
    device: topicLevel('pump'),
    columns: {
      pump: text({ from: topicLevel('pump') }),
      at: timestamp(),
      bar: double(),
      note: text({ optional: true }),
      extra: json({ optional: true }),
      ...changes.columns,
    },
    eventTime: 'at',
    identity: ['pump', 'at'],
    ...changes.table,
  };
  const gold = { every: '1 hour', by: ['pump'], measures: { readings: count() }, ...changes.rollup };
  const definition = {
    name: 'pumps',
    tables: { readings: table(options as never) },
    rollups: { gold: rollup((changes.source ?? 'readings') as never, gold as never) },
    ...changes.fleet,
  };
  try {
    defineFleet(definition as never);
  } catch (error) {
    if (error instanceof DefinitionError) return error.faults;
    throw error;
  }
  return [];
}

const T = 'pumps.tables.readings';
const R = 'pumps.rollups.gold';
const deep = 'a/b/c/d/e/f/g/h/{pump}';

/** What is changed, and how the first fault begins. */
const REFUSED: readonly (readonly [Parameters<typeof faultsOf>[0], string])[] = [
  [{ fleet: { name: 'Pumps' } }, 'Pumps.name: "Pumps": names are lower-case'],
  [{ fleet: { name: '_pumps' } }, '_pumps.name: "_pumps": names that begin with _ are reserved'],
  [{ fleet: { name: 'a__b' } }, 'a__b.name'],
  [{ fleet: { name: 'p'.repeat(64) } }, `${'p'.repeat(64)}.name`],
  [{ fleet: { name: undefined } }, 'fleet.name: undefined'],
  [{ fleet: { name: 7 } }, 'fleet.name: 7 is not text'],
  [{ fleet: { name: 'quarantine' } }, 'quarantine.name'],
  [{ fleet: { timeZone: 'Mars/Olympus' } }, 'pumps.timeZone: no time zone "Mars/Olympus"'],
  [{ fleet: { timeZone: '+05:00' } }, 'pumps.timeZone'],
  [{ fleet: { batchWindow: 'soon' } }, 'pumps.batchWindow: "soon" is not a duration'],
  [{ fleet: { batchWindow: '6 minutes' } }, 'pumps.batchWindow'],
  [{ fleet: { batchWindow: '10 milliseconds' } }, 'pumps.batchWindow'],
  [{ fleet: { tabels: {} } }, 'pumps.tabels: no such option; options are name,'],
  [{ fleet: { tables: undefined } }, 'pumps.tables: undefined is no object'],
  [{ fleet: { tables: {} } }, 'pumps.tables: a fleet needs a table'],
  [{ fleet: { tables: { readings: {} } } }, `${T}: {} is no table`],
  [{ fleet: { rollups: { gold: 1 } } }, `${R}: 1 is no rollup`],
  [
    { fleet: { rollups: { readings: rollup('readings', { every: '1 day', measures: { n: count() } }) } } },
    'pumps.rollups.readings: pumps_readings is the name of table readings already',
  ],
  [
    {
      fleet: {
        rollups: { readings_current: rollup('readings', { every: '1 day', measures: { n: count() } }) },
      },
    },
    'pumps.rollups.readings_current: pumps_readings_current is the name of table readings',
  ],
  [
    {
      fleet: {
        rollups: { readings_utc: rollup('readings', { every: '1 day', measures: { n: count() } }) },
      },
    },
    "pumps.rollups.readings_utc: pumps_readings_utc is the name of table readings's view in UTC",
  ],
  [
    { fleet: { tiles: [{ kind: 'pie', title: 'x', source: 'gold', columns: ['readings'] }] } },
    'pumps.tiles[0].kind: "pie"',
  ],
  [
    { fleet: { tiles: [{ kind: 'trend', title: ' ', source: 'gold', columns: ['readings'] }] } },
    'pumps.tiles[0].title',
  ],
  [
    { fleet: { tiles: [{ kind: 'trend', title: 'x', source: 'silver', columns: ['readings'] }] } },
    'pumps.tiles[0].source: no table, rollup or model "silver"',
  ],
  [
    { fleet: { tiles: [{ kind: 'trend', title: 'x', source: 'gold', columns: ['bar'] }] } },
    'pumps.tiles[0].columns[0]: no column "bar"',
  ],
  [
    { fleet: { tiles: [{ kind: 'trend', title: 'x', source: 'gold', columns: [] }] } },
    'pumps.tiles[0].columns',
  ],
  [
    { fleet: { tiles: [{ kind: 'bars', title: 'x', source: 'gold', columns: ['pump'] }] } },
    'pumps.tiles[0].columns[0]: pump is a string',
  ],
  [
    {
      fleet: { tiles: [{ kind: 'trend', title: 'x', source: 'gold', columns: ['readings'], by: 'nobody' }] },
    },
    'pumps.tiles[0].by: no column "nobody"',
  ],
  [
    { fleet: { tiles: [{ kind: 'map', title: 'x', source: 'readings', columns: ['bar'] }] } },
    'pumps.tiles[0].columns: a map',
  ],
  [
    { fleet: { tiles: [{ kind: 'oee', title: 'x', source: 'readings', columns: ['bar'] }] } },
    'pumps.tiles[0].columns: an oee tile',
  ],
  [
    {
      fleet: {
        tiles: [
          { kind: 'timeline', title: 'x', source: 'gold', columns: ['window_start', 'readings', 'pump'] },
        ],
      },
    },
    'pumps.tiles[0].columns[1]: readings is a long; a timeline begins with two timestamps',
  ],
  [
    { fleet: { simulation: { devices: 0, interval: '1 second', device: () => ({}) } } },
    'pumps.simulation.devices: 0',
  ],
  [
    { fleet: { simulation: { devices: 1, interval: '0 seconds', device: () => ({}) } } },
    'pumps.simulation.interval',
  ],
  [
    {
      fleet: {
        simulation: { devices: 1, interval: '1 second', device: () => ({}), history: { span: '1 day' } },
      },
    },
    'pumps.simulation.history.step: how much time passes',
  ],
  [
    {
      fleet: {
        simulation: {
          devices: 1,
          interval: '1 second',
          device: () => ({}),
          history: { span: '1 minute', step: '1 hour' },
        },
      },
    },
    'pumps.simulation.history.span: "1 minute" is no past',
  ],
  [
    { fleet: { simulation: { devices: 1, interval: '1 second', device: () => ({}), fileRow: 'x' } } },
    'pumps.simulation.fileRow: "x" is no function',
  ],
  [
    { fleet: { simulation: { devices: 1, interval: '1 second', device: 'x' } } },
    'pumps.simulation.device: "x" is no function',
  ],
  [{ table: { topic: undefined } }, `${T}.topic: undefined is no topic`],
  [{ table: { topic: 'pumps/+/{pump}' } }, `${T}.topic: "pumps/+/{pump}": + is a wildcard`],
  [{ table: { topic: 'pumps/{pump}/#' } }, `${T}.topic`],
  [{ table: { topic: '/pumps/{pump}' } }, `${T}.topic: "/pumps/{pump}": a level is empty`],
  [{ table: { topic: 'pumps//{pump}' } }, `${T}.topic`],
  [{ table: { topic: 'pumps/{pump}/' } }, `${T}.topic`],
  [{ table: { topic: 'pumps/p{pump}' } }, `${T}.topic: "pumps/p{pump}": p{pump} mixes a name with text`],
  [{ table: { topic: 'pumps/{}/{pump}' } }, `${T}.topic: "pumps/{}/{pump}": {} is no name`],
  [{ table: { topic: '{pump}/{pump}' } }, `${T}.topic: "{pump}/{pump}": {pump} stands twice`],
  [{ table: { topic: "it's/{pump}" } }, `${T}.topic`],
  [{ table: { topic: '$aws/{pump}' } }, `${T}.topic`],
  [{ table: { topic: deep } }, `${T}.topic: "${deep}" has 8 slashes`],
  [{ table: { topic: `${'é'.repeat(128)}/{pump}` } }, `${T}.topic`],
  [{ table: { device: undefined } }, `${T}.device: undefined names no device`],
  [{ table: { device: {} } }, `${T}.device`],
  [
    { table: { device: topicLevel('line') } },
    `${T}.device: the topic has no level {line}; its levels are pump`,
  ],
  [
    { table: { device: { line: thingAttribute('line') } } },
    `${T}.device.line: the topic has no level {line}`,
  ],
  [{ table: { device: { pump: 'pump' } } }, `${T}.device.pump: "pump" is no thing attribute`],
  [
    { table: { device: thingAttribute('pump') } },
    `${T}.device: {"kind":"thingAttribute","name":"pump"} belongs to a level`,
  ],
  [{ table: { device: { pump: thingAttribute('a}b') } } }, `${T}.device.pump`],
  [{ table: { columns: {} } }, `${T}.columns: a table needs a column`],
  [{ table: { columns: undefined } }, `${T}.columns`],
  [{ table: { identiy: ['pump'] } }, `${T}.identiy: no such option; options are topic,`],
  [
    { table: { eventTime: 'when' } },
    `${T}.eventTime: no column "when"; columns are pump, at, bar, note, extra`,
  ],
  [{ table: { eventTime: 'bar' } }, `${T}.eventTime: bar is a double`],
  [
    { columns: { at: timestamp({ optional: true }) }, table: { identity: [] } },
    `${T}.eventTime: at is optional`,
  ],
  [
    { table: { identity: ['pump', 'observed'] } },
    `${T}.identity[1]: no column "observed"; columns are pump, at, bar, note, extra`,
  ],
  [{ table: { identity: ['pump'] } }, `${T}.identity: the event time, at, has to be among it`],
  [{ table: { identity: ['pump', 'at', 'pump'] } }, `${T}.identity[2]: pump stands there already`],
  [{ table: { identity: ['note', 'at'] } }, `${T}.identity[0]: note is optional`],
  [{ table: { eventTime: undefined } }, `${T}.identity: it needs an eventTime`],
  [{ table: { identity: 'pump' } }, `${T}.identity: "pump" is not a list of texts`],
  [{ table: { sortBy: ['nothing'] } }, `${T}.sortBy[0]: no column "nothing"`],
  [{ table: { sortBy: ['extra'] } }, `${T}.sortBy[0]: extra is JSON`],
  [{ table: { partition: 'hour' } }, `${T}.partition: "hour" is not one of day, month, none`],
  [{ table: { retained: 1 } }, `${T}.retained: 1 is not true or false`],
  [{ table: { keepPayload: 'yes' } }, `${T}.keepPayload: "yes" is not true or false`],
  [{ table: { maxAhead: 'an hour' } }, `${T}.maxAhead: "an hour" is not a duration`],
  [{ table: { maxAge: 30 } }, `${T}.maxAge: 30 is not a duration`],
  [{ table: { nullText: 'NA' } }, `${T}.nullText: "NA" is not a list of texts`],
  [{ table: { readings: 'data..samples' } }, `${T}.readings: the path "data..samples" has an empty step`],
  [{ table: { rowLevels: { line: 'Line' } } }, `${T}.rowLevels.line: the topic has no level {line}`],
  [{ table: { rowLevels: { pump: 1 } } }, `${T}.rowLevels.pump: 1 is not text`],
  [{ columns: { Bar: double() } }, `${T}.columns.Bar`],
  [{ columns: { _position: text() } }, `${T}.columns._position: names that begin with _ are reserved`],
  [
    { columns: { order: text() } },
    `${T}.columns.order: order is a word of SQL; name it otherwise and say from: 'order'`,
  ],
  [{ columns: { bar: 'double' } }, `${T}.columns.bar: "double" is no column`],
  [{ columns: { bar: double({ mim: 0 } as never) } }, `${T}.columns.bar.mim: no such option`],
  [{ columns: { bar: text({ min: 0 } as never) } }, `${T}.columns.bar.min: no such option`],
  [{ columns: { bar: double({ min: 2, max: 1 }) } }, `${T}.columns.bar.min: 2 is greater than max, 1`],
  [{ columns: { bar: double({ min: NaN }) } }, `${T}.columns.bar.min`],
  [{ columns: { bar: double({ coerce: 1 as never }) } }, `${T}.columns.bar.coerce: 1 is not true or false`],
  [{ columns: { bar: decimal(39, 2) } }, `${T}.columns.bar: decimal(39,2) is no decimal`],
  [{ columns: { bar: decimal(4, 5) } }, `${T}.columns.bar`],
  [
    { columns: { bar: text({ from: topicLevel('line') }) } },
    `${T}.columns.bar.from: the topic has no level {line}`,
  ],
  [{ columns: { bar: double({ from: '' }) } }, `${T}.columns.bar.from: the path "" has an empty step`],
  [{ columns: { bar: double({ from: [] }) } }, `${T}.columns.bar.from: [] is no source`],
  [{ columns: { bar: double({ from: 3 as never }) } }, `${T}.columns.bar.from: 3 is no source`],
  [{ columns: { bar: double({ from: thingAttribute('x') as never }) } }, `${T}.columns.bar.from`],
  [{ columns: { bar: double({ from: arrival() }) } }, `${T}.columns.bar.from: arrival() is a timestamp`],
  [
    { columns: { bar: text({ from: fields({ year: 'y', month: 'm', day: 'd' }) }) } },
    `${T}.columns.bar.from: fields() make a timestamp`,
  ],
  [
    { columns: { at: timestamp({ from: fields({ year: 'y', month: 'm' }) }) } },
    `${T}.columns.at.from: fields() lack day`,
  ],
  [
    { columns: { at: timestamp({ from: fields({ year: 'y', month: 'm', day: 'd', minute: 'i' }) }) } },
    `${T}.columns.at.from: fields() lack hour`,
  ],
  [{ columns: { at: timestamp({ zone: 'Nowhere' }) } }, `${T}.columns.at.zone: no time zone "Nowhere"`],
  [
    { columns: { at: timestamp({ format: 'epoch-s', zone: 'UTC' }) } },
    `${T}.columns.at.zone: epoch-s counts from 1970`,
  ],
  [
    { columns: { at: timestamp({ format: 'unix' as never }) } },
    `${T}.columns.at.format: "unix" is not one of iso,`,
  ],
  [{ source: 'reading' }, `${R}: no table "reading"; tables are readings`],
  [{ rollup: { every: 'daily' } }, `${R}.every: "daily" is not a window`],
  [{ rollup: { every: '7 minutes' } }, `${R}.every: 7 minutes do not divide 60`],
  [{ rollup: { every: '2 days' } }, `${R}.every`],
  [{ rollup: { every: '0 hours' } }, `${R}.every`],
  [{ rollup: { lateness: 'late' } }, `${R}.lateness`],
  [{ rollup: { partition: 'year' } }, `${R}.partition`],
  [{ rollup: { measure: {} } }, `${R}.measure: no such option`],
  [{ rollup: { measures: {} } }, `${R}.measures: a rollup needs a measure`],
  [{ rollup: { measures: { n: 'count' } } }, `${R}.measures.n: "count" is no measure`],
  [{ rollup: { measures: { n: { kind: 'median', column: 'bar' } } } }, `${R}.measures.n`],
  [{ rollup: { measures: { n: avg('bat') } } }, `${R}.measures.n: no column "bat"; columns are pump,`],
  [
    { rollup: { measures: { n: sum('note') } } },
    `${R}.measures.n: sum of note, which is text; it needs numbers`,
  ],
  [{ rollup: { measures: { n: p90('note') } } }, `${R}.measures.n: p90 of note`],
  [{ rollup: { measures: { final: count() } } }, `${R}.measures.final: every rollup has a column final`],
  [{ rollup: { measures: { pump: count() } } }, `${R}.measures.pump: pump is a group already`],
  [{ rollup: { by: ['pimp'] } }, `${R}.by[0]: no column "pimp"`],
  [{ rollup: { by: ['pump', 'pump'] } }, `${R}.by[1]: pump stands there already`],
  [{ rollup: { by: ['bar'] } }, `${R}.by[0]: bar is a double: its values make no groups`],
];

describe('a definition that contradicts itself', () => {
  it('starts from a sound one', () => {
    expect(faultsOf({})).toEqual([]);
  });

  it.each(REFUSED)('%j is refused: %s', (changes, beginning) => {
    const [first = ''] = faultsOf(changes);
    expect(first.slice(0, beginning.length)).toBe(beginning);
    expect(first).not.toContain('\n');
  });

  it('tells every fault, the first in one line with how many more there are', () => {
    const broken = () =>
      defineFleet({
        name: 'pumps',
        batchWindow: 'soon',
        tables: {
          readings: table({
            topic: 'pumps/{pump}',
            device: topicLevel('pump'),
            columns: { bar: double({ min: 3, max: 1 }) },
            maxAge: 'old',
          }),
        },
      });
    expect(broken).toThrow(/^pumps\.batchWindow: "soon" is not a duration.* \(and 2 more\)$/);
    expect(broken).toThrow(UsageError);
  });
});
