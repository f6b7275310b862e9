import {
  boolean,
  byEventTime,
  byNeighbours,
  byOverlap,
  defineFleet,
  defineModel,
  double,
  fresh,
  inRange,
  integer,
  long,
  notNull,
  shifts,
  table,
  text,
  thingAttribute,
  timestamp,
  topicLevel,
  unique,
} from '../src/fleet/index.ts';
import countStepsSql from './factory/count-steps.sql' with { type: 'text' };
import designSpeedIntervalsSql from './factory/design-speed-intervals.sql' with { type: 'text' };
import energyHourlySql from './factory/energy-hourly.sql' with { type: 'text' };
import energyStepsSql from './factory/energy-steps.sql' with { type: 'text' };
import modeIntervalsSql from './factory/mode-intervals.sql' with { type: 'text' };
import oeeSql from './factory/oee.sql' with { type: 'text' };
import { STATES, USUAL_CLASSES, USUAL_MODES } from './factory/packml.ts';
import { simulateFactory } from './factory/simulate.ts';
import stateIntervalsSql from './factory/state-intervals.sql' with { type: 'text' };
import statesHourlySql from './factory/states-hourly.sql' with { type: 'text' };
import { measurementColumns } from './factory/test-record.ts';

/** A stop that is no longer than this is a microstop: a loss of performance, not of availability. */
const MICROSTOP_SECONDS = 120;
/** When the shifts of the site begin, on its own clock. */
const SHIFTS = shifts({ early: '06:00', late: '14:00', night: '22:00' });

const place = {
  site: text({ from: topicLevel('site') }),
  area: text({ from: topicLevel('area') }),
};
const line = { ...place, line: text({ from: topicLevel('line') }) };
const reported_at = timestamp({ from: 'at', description: 'when the controller saw the change' });
/** A line's gateway is a thing of its own; what it may publish below follows from its attributes. */
const lineDevice = {
  site: thingAttribute('site'),
  area: thingAttribute('area'),
  line: thingAttribute('line'),
} as const;
const placeOfLine = { site: text(), area: text(), line: text() };
const LINE = ['site', 'area', 'line'] as const;

/** The key figures of a line in each window; the same SQL for each length of window. */
const oee = (every: string | typeof SHIFTS) =>
  defineModel(oeeSql, {
    every,
    columns: {
      window_start: timestamp(),
      window_end: timestamp(),
      shift: text({ description: 'null where windows are no shifts' }),
      ...placeOfLine,
      available_s: double({ unit: 's', description: 'running, however slowly' }),
      slow_s: double({ unit: 's', description: 'of it in states of performance loss' }),
      microstop_s: double({ unit: 's', description: 'of it in microstops' }),
      stopped_s: double({ unit: 's', description: 'in longer stops' }),
      excluded_s: double({ unit: 's', description: 'nothing was asked of the line' }),
      unknown_s: double({ unit: 's', description: 'no state is known' }),
      changeover_s: double({ unit: 's', description: 'in a unit mode that is a changeover' }),
      microstops: long({ description: 'that began in the window' }),
      stops: long({ description: 'longer ones that began in the window' }),
      ideal_parts: double({ description: 'at design speed in the available time' }),
      consumed: long(),
      processed: long(),
      defective: long(),
      good: long(),
      availability: double(),
      performance: double(),
      quality: double(),
      oee: double(),
    },
    lookups: { oee_settings: [{ microstop_s: MICROSTOP_SECONDS, microstop_ms: MICROSTOP_SECONDS * 1000 }] },
    changes: {
      factory_state_intervals: byOverlap({
        from: 'state_start',
        to: 'known_until',
        margin: `${MICROSTOP_SECONDS} seconds`,
      }),
      factory_design_speed_intervals: byOverlap({ from: 'speed_start', to: 'known_until' }),
      factory_mode_intervals: byOverlap({ from: 'mode_start', to: 'known_until' }),
      factory_count_steps: byEventTime('reported_at'),
    },
  });

/**
 * Production lines that speak PackML over MQTT, with the sensors and generators around them. Every payload says `value` and `at`.
 * Another plant's classes, modes, shifts, zone and microstops are other constants here.
 */
export const factory = defineFleet({
  name: 'factory',
  timeZone: 'Europe/Berlin',
  batchWindow: '10 seconds',
  tables: {
    states: table({
      topic: '{site}/{area}/{line}/Status/StateCurrent',
      device: lineDevice,
      columns: { ...line, state: integer({ from: 'value', min: 0, max: STATES.length - 1 }), reported_at },
      eventTime: 'reported_at',
      identity: [...LINE, 'reported_at'],
      keepPayload: true,
      retained: true,
    }),
    state_names: table({
      topic: '{site}/{area}/{line}/Status/StateCurrentStr',
      device: lineDevice,
      columns: { ...line, state_name: text({ from: 'value' }), reported_at },
      eventTime: 'reported_at',
      identity: [...LINE, 'reported_at'],
      keepPayload: true,
      retained: true,
    }),
    modes: table({
      topic: '{site}/{area}/{line}/Status/UnitMode',
      device: lineDevice,
      columns: { ...line, mode: integer({ from: 'value', min: 0, max: 31 }), reported_at },
      eventTime: 'reported_at',
      identity: [...LINE, 'reported_at'],
      keepPayload: true,
      retained: true,
    }),
    speeds: table({
      topic: '{site}/{area}/{line}/Status/CurMachSpeed',
      device: lineDevice,
      columns: { ...line, speed: double({ from: 'value', unit: 'parts/min', min: 0 }), reported_at },
      eventTime: 'reported_at',
      identity: [...LINE, 'reported_at'],
      keepPayload: true,
      retained: true,
    }),
    setpoints: table({
      topic: '{site}/{area}/{line}/Status/MachSpeed',
      device: lineDevice,
      columns: { ...line, speed: double({ from: 'value', unit: 'parts/min', min: 0 }), reported_at },
      eventTime: 'reported_at',
      identity: [...LINE, 'reported_at'],
      keepPayload: true,
      retained: true,
    }),
    design_speeds: table({
      topic: '{site}/{area}/{line}/Admin/MachDesignSpeed',
      device: lineDevice,
      columns: { ...line, speed: double({ from: 'value', unit: 'parts/min', min: 0 }), reported_at },
      eventTime: 'reported_at',
      identity: [...LINE, 'reported_at'],
      // said once a changeover: days would be crumbs
      partition: 'month',
      keepPayload: true,
      retained: true,
    }),
    counts: table({
      topic: '{site}/{area}/{line}/Admin/{counter}/{product}/AccCount',
      device: lineDevice,
      columns: {
        ...line,
        counter: text({
          from: topicLevel('counter'),
          description: 'ProdConsumedCount, ProdProcessedCount or ProdDefectiveCount',
        }),
        product: text({ from: topicLevel('product') }),
        acc_count: long({ from: 'value', min: 0 }),
        reported_at,
      },
      eventTime: 'reported_at',
      identity: [...LINE, 'counter', 'product', 'reported_at'],
      keepPayload: true,
      retained: true,
    }),
    ambient: table({
      topic: '{site}/{area}/Ambient/{sensor}',
      device: topicLevel('sensor'),
      columns: {
        ...place,
        sensor: text({ from: topicLevel('sensor') }),
        temperature_c: double({ unit: '°C', min: -40, max: 80 }),
        humidity_pct: double({ unit: '%', min: 0, max: 100 }),
        reported_at,
      },
      eventTime: 'reported_at',
      identity: ['sensor', 'reported_at'],
      keepPayload: true,
    }),
    generators: table({
      topic: '{site}/{area}/Power/{generator}',
      device: topicLevel('generator'),
      columns: {
        ...place,
        generator: text({ from: topicLevel('generator') }),
        power_kw: double({ unit: 'kW', min: 0 }),
        energy_kwh: double({ unit: 'kWh', min: 0, description: 'ever given' }),
        fuel_pct: double({ unit: '%', min: 0, max: 100 }),
        reported_at,
      },
      eventTime: 'reported_at',
      identity: ['generator', 'reported_at'],
      keepPayload: true,
    }),
    // the file that it came from is what it can be made from again
    parts: table({
      topic: '{site}/{area}/{line}/Parts',
      device: lineDevice,
      columns: {
        ...line,
        part: text({ from: ['part', 'Id'], coerce: true }),
        finished_at: timestamp({ zone: 'UTC' }),
        response: integer({ from: ['response', 'Response'], coerce: true, optional: true, min: 0, max: 1 }),
        ...measurementColumns(),
      },
      eventTime: 'finished_at',
      identity: ['part', 'finished_at'],
      nullText: [''],
    }),
  },
  models: {
    state_intervals: defineModel(stateIntervalsSql, {
      every: '1 day',
      columns: {
        window_start: timestamp(),
        ...placeOfLine,
        state: integer(),
        state_name: text(),
        class: text({ description: 'what time in it counts as' }),
        state_start: timestamp(),
        state_end: timestamp({ description: 'null where no other state followed in time' }),
        known_until: timestamp(),
        previous_state: integer(),
      },
      lookups: {
        state_classes: STATES.map((name, state) => ({ state, name, class: USUAL_CLASSES[name] ?? null })),
      },
      changes: { factory_states_current: byNeighbours({ key: LINE, carry: '7 days' }) },
    }),
    mode_intervals: defineModel(modeIntervalsSql, {
      every: '1 day',
      columns: {
        window_start: timestamp(),
        ...placeOfLine,
        mode: integer(),
        mode_name: text(),
        changeover: boolean(),
        mode_start: timestamp(),
        mode_end: timestamp(),
        known_until: timestamp(),
      },
      lookups: { unit_modes: USUAL_MODES },
      changes: { factory_modes_current: byNeighbours({ key: LINE, carry: '7 days' }) },
    }),
    design_speed_intervals: defineModel(designSpeedIntervalsSql, {
      every: '1 day',
      columns: {
        window_start: timestamp(),
        ...placeOfLine,
        design_speed: double({ unit: 'parts/min' }),
        speed_start: timestamp(),
        speed_end: timestamp(),
        known_until: timestamp(),
      },
      changes: { factory_design_speeds_current: byNeighbours({ key: LINE, carry: '7 days' }) },
    }),
    count_steps: defineModel(countStepsSql, {
      every: '1 hour',
      partition: 'day',
      columns: {
        window_start: timestamp(),
        ...placeOfLine,
        counter: text(),
        product: text(),
        reported_at: timestamp(),
        step: long({ description: 'by how much the counter went on since its last report' }),
      },
      changes: {
        factory_counts_current: byNeighbours({ key: [...LINE, 'counter', 'product'], carry: '7 days' }),
      },
    }),
    energy_steps: defineModel(energyStepsSql, {
      every: '1 hour',
      partition: 'day',
      columns: {
        window_start: timestamp(),
        site: text(),
        area: text(),
        generator: text(),
        reported_at: timestamp(),
        energy_kwh: double({ unit: 'kWh', description: 'given since the last report' }),
      },
      changes: { factory_generators_current: byNeighbours({ key: ['generator'], carry: '7 days' }) },
    }),
    oee_hourly: oee('1 hour'),
    oee_shiftly: oee(SHIFTS),
    oee_daily: oee('1 day'),
    states_hourly: defineModel(statesHourlySql, {
      every: '1 hour',
      columns: {
        window_start: timestamp(),
        window_end: timestamp(),
        ...placeOfLine,
        state: integer(),
        state_name: text(),
        class: text(),
        seconds: double({ unit: 's' }),
        entries: long({ description: 'how often the line came into the state' }),
      },
      changes: { factory_state_intervals: byOverlap({ from: 'state_start', to: 'known_until' }) },
    }),
    energy_hourly: defineModel(energyHourlySql, {
      every: '1 hour',
      columns: {
        window_start: timestamp(),
        window_end: timestamp(),
        site: text(),
        area: text(),
        energy_kwh: double({ unit: 'kWh' }),
        good: long({ description: 'good parts of all lines of the area' }),
        kwh_per_good_part: double({ unit: 'kWh' }),
      },
      changes: {
        factory_energy_steps: byEventTime('reported_at'),
        factory_oee_hourly: byEventTime(),
      },
    }),
  },
  tests: [
    unique('states_current', 'site', 'area', 'line', 'reported_at'),
    fresh('states', 'reported_at', '1 hour'),
    notNull('state_intervals', 'state', 'state_start', 'known_until'),
    unique('oee_hourly', 'window_start', 'site', 'area', 'line'),
    inRange('oee_hourly', 'availability', { min: 0, max: 1 }),
    inRange('oee_hourly', 'quality', { min: 0, max: 1 }),
    inRange('oee_hourly', 'unknown_s', { min: 0, max: 3600 }),
  ],
  tiles: [
    {
      kind: 'oee',
      title: 'OEE this shift',
      source: 'oee_shiftly',
      columns: ['oee', 'availability', 'performance', 'quality'],
      by: 'line',
    },
    {
      kind: 'timeline',
      title: 'States',
      source: 'state_intervals',
      columns: ['state_start', 'state_end', 'state_name'],
      by: 'line',
    },
    { kind: 'trend', title: 'OEE by the hour', source: 'oee_hourly', columns: ['oee'], by: 'line' },
    { kind: 'bars', title: 'Time by state', source: 'states_hourly', columns: ['seconds'], by: 'state_name' },
    { kind: 'trend', title: 'Speed', source: 'speeds', columns: ['speed'], by: 'line' },
    { kind: 'bars', title: 'Good parts', source: 'oee_shiftly', columns: ['good', 'defective'], by: 'line' },
    {
      kind: 'trend',
      title: 'Energy per good part',
      source: 'energy_hourly',
      columns: ['kwh_per_good_part'],
      by: 'area',
    },
  ],
  simulation: simulateFactory,
});
