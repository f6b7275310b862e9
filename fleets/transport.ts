import {
  byEventTime,
  byOverlap,
  defineFleet,
  defineModel,
  double,
  inRange,
  long,
  notNull,
  table,
  text,
  timestamp,
  topicLevel,
  unique,
} from '../src/fleet/index.ts';
import companyDailySql from './transport/company-daily.sql' with { type: 'text' };
import { simulateUnit } from './transport/simulate-unit.ts';
import unitDailySql from './transport/unit-daily.sql' with { type: 'text' };
import unitHistorySql from './transport/unit-history.sql' with { type: 'text' };

const unit = text({ from: topicLevel('unit') });

const measured = {
  readings: long(),
  avg_fuel_percentage: double({ unit: '%' }),
  avg_speed_km_h: double({ unit: 'km/h' }),
  p90_speed_km_h: double({ unit: 'km/h' }),
  avg_engine_temperature: double({ unit: '°C' }),
  p90_engine_temperature: double({ unit: '°C' }),
};
const described = { vehicle_type: text(), company_id: text(), company_name: text() };

/** A day reads its own readings, and what units were at any time of it. */
const changes = {
  transport_performance_current: byEventTime(),
  transport_unit_history: byOverlap({ from: 'valid_from', to: 'valid_to' }),
};

/** Units in the air, at sea and on land: where they are, how they run, and what they are, which changes slowly. */
export const transport = defineFleet({
  name: 'transport',
  batchWindow: '30 seconds',
  tables: {
    locations: table({
      topic: 'transport/{unit}/location',
      device: topicLevel('unit'),
      columns: {
        unit,
        located_at: timestamp(),
        latitude: double({ min: -90, max: 90 }),
        longitude: double({ min: -180, max: 180 }),
        altitude_m: double({ optional: true, unit: 'm', min: -500, max: 20_000 }),
      },
      eventTime: 'located_at',
      identity: ['unit', 'located_at'],
      // one every quarter of an hour and unit: a file a day would be crumbs
      partition: 'month',
      keepPayload: true,
    }),
    performance: table({
      topic: 'transport/{unit}/performance',
      device: topicLevel('unit'),
      columns: {
        unit,
        created_at: timestamp(),
        fuel_percentage: double({ unit: '%', min: 0, max: 100 }),
        speed_km_h: double({ optional: true, unit: 'km/h', min: 0, max: 1200 }),
        engine_temperature: double({ optional: true, unit: '°C', min: -60, max: 1200 }),
      },
      eventTime: 'created_at',
      identity: ['unit', 'created_at'],
      partition: 'month',
      keepPayload: true,
    }),
    unit_descriptions: table({
      topic: 'transport/{unit}/description',
      device: topicLevel('unit'),
      columns: {
        unit,
        changed_at: timestamp(),
        manufacturer_name: text(),
        company_id: text(),
        company_name: text(),
        vehicle_type: text(),
        length_m: double({ from: 'length', unit: 'm', min: 0, max: 500 }),
      },
      eventTime: 'changed_at',
      identity: ['unit', 'changed_at'],
      // a few a unit and year
      partition: 'none',
      sortBy: ['unit', 'changed_at'],
      keepPayload: true,
    }),
  },
  models: {
    unit_history: defineModel(unitHistorySql, {
      columns: {
        unit: text(),
        manufacturer_name: text(),
        ...described,
        length_m: double({ unit: 'm' }),
        valid_from: timestamp(),
        valid_to: timestamp({ description: 'null for what a unit is now' }),
      },
    }),
    unit_daily: defineModel(unitDailySql, {
      every: '1 day',
      columns: {
        window_start: timestamp(),
        window_end: timestamp(),
        unit: text(),
        ...described,
        ...measured,
      },
      changes,
    }),
    company_daily: defineModel(companyDailySql, {
      every: '1 day',
      columns: {
        window_start: timestamp(),
        window_end: timestamp(),
        ...described,
        units: long({ description: 'that reported' }),
        ...measured,
      },
      changes,
    }),
  },
  tests: [
    unique('unit_history', 'unit', 'valid_from'),
    notNull('unit_history', 'vehicle_type', 'company_id'),
    unique('company_daily', 'window_start', 'vehicle_type', 'company_id', 'company_name'),
    inRange('unit_daily', 'avg_fuel_percentage', { min: 0, max: 100 }),
  ],
  tiles: [
    {
      kind: 'map',
      title: 'Where they are',
      source: 'locations',
      columns: ['latitude', 'longitude'],
      by: 'unit',
    },
    { kind: 'trend', title: 'Speed', source: 'performance', columns: ['speed_km_h'], by: 'unit' },
    {
      kind: 'bars',
      title: 'Engine temperature, nine of ten below',
      source: 'unit_daily',
      columns: ['p90_engine_temperature'],
      by: 'vehicle_type',
    },
    {
      kind: 'table',
      title: 'Fleets by company and day',
      source: 'company_daily',
      columns: ['window_start', 'company_name', 'vehicle_type', 'units', 'readings', 'avg_speed_km_h'],
    },
  ],
  simulation: { devices: 12, interval: '50 milliseconds', device: simulateUnit },
});
