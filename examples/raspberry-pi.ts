import {
  avg,
  boolean,
  count,
  defineFleet,
  double,
  max,
  min,
  rollup,
  table,
  text,
  timestamp,
  topicLevel,
} from 'tributary';

/** Three Raspberry Pis with environmental sensors: values nested under `data`, time as seconds with fractions. */
export const pi = defineFleet({
  name: 'pi',
  tables: {
    environment: table({
      topic: 'pi/{device_id}/environment',
      device: topicLevel('device_id'),
      columns: {
        device_id: text({ from: topicLevel('device_id') }),
        device: text(),
        measured_at: timestamp({ from: 'ts', format: 'epoch-s' }),
        temperature_c: double({ from: 'data.temp', unit: '°C' }),
        humidity_pct: double({ from: 'data.humidity', unit: '%', min: 0, max: 100 }),
        co_ppm: double({ from: 'data.co', min: 0 }),
        lpg_ppm: double({ from: 'data.lpg', min: 0 }),
        smoke_ppm: double({ from: 'data.smoke', min: 0 }),
        light: boolean({ from: 'data.light' }),
        motion: boolean({ from: 'data.motion' }),
      },
      eventTime: 'measured_at',
      identity: ['device_id', 'measured_at'],
      keepPayload: true,
    }),
  },
  rollups: {
    quarter_hourly: rollup('environment', {
      every: '15 minutes',
      by: ['device'],
      measures: {
        readings: count(),
        avg_temperature_c: avg('temperature_c'),
        min_humidity_pct: min('humidity_pct'),
        max_smoke_ppm: max('smoke_ppm'),
      },
    }),
  },
});
