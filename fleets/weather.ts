import {
  avg,
  count,
  defineFleet,
  double,
  p90,
  rollup,
  sum,
  table,
  text,
  timestamp,
  topicLevel,
} from '../src/fleet/index.ts';

const HOUR = 3_600_000;

/** Mean temperature of the year (°C), its swing over the day, how often it rains (of all hours), mean wind (km/h). */
const CITIES = [
  { location: 'New York', mean: 13, swing: 4, wet: 0.12, wind: 15 },
  { location: 'Los Angeles', mean: 18, swing: 6, wet: 0.03, wind: 9 },
  { location: 'Chicago', mean: 10, swing: 5, wet: 0.11, wind: 17 },
  { location: 'Houston', mean: 21, swing: 6, wet: 0.1, wind: 12 },
  { location: 'Phoenix', mean: 24, swing: 9, wet: 0.02, wind: 10 },
  { location: 'Philadelphia', mean: 13, swing: 5, wet: 0.11, wind: 14 },
  { location: 'San Antonio', mean: 21, swing: 7, wet: 0.07, wind: 13 },
  { location: 'San Diego', mean: 18, swing: 4, wet: 0.03, wind: 10 },
  { location: 'Dallas', mean: 19, swing: 7, wet: 0.08, wind: 16 },
  { location: 'San Jose', mean: 16, swing: 7, wet: 0.04, wind: 11 },
] as const;

/** Hours before now at which a simulated station begins: an hour passes with each of its messages, until it catches up. */
const HISTORY_HOURS = 3 * 365 * 24;

/** Hourly readings of weather stations in ten cities. Fields are also taken under the headers of the usual CSV export. */
export const weather = defineFleet({
  name: 'weather',
  tables: {
    observations: table({
      topic: 'weather/{station}/observation',
      device: topicLevel('station'),
      columns: {
        station: text({ from: topicLevel('station') }),
        location: text({ from: ['location', 'Location'] }),
        observed_at: timestamp({ from: ['timestamp', 'Date_Time'], zone: 'UTC' }),
        temperature_c: double({
          from: ['temperature_c', 'Temperature_C'],
          coerce: true,
          unit: '°C',
          min: -90,
          max: 60,
        }),
        humidity_pct: double({
          from: ['humidity_pct', 'Humidity_pct'],
          coerce: true,
          unit: '%',
          min: 0,
          max: 100,
        }),
        precipitation_mm: double({
          from: ['precipitation_mm', 'Precipitation_mm'],
          coerce: true,
          unit: 'mm',
          min: 0,
        }),
        wind_speed_kmh: double({
          from: ['wind_speed_kmh', 'Wind_Speed_kmh'],
          coerce: true,
          unit: 'km/h',
          min: 0,
        }),
      },
      eventTime: 'observed_at',
      identity: ['station', 'observed_at'],
      // a reading an hour and station: a file a day would be crumbs
      partition: 'month',
      keepPayload: true,
      rowLevels: { station: 'Location' },
    }),
  },
  rollups: {
    daily: rollup('observations', {
      every: '1 day',
      by: ['location'],
      measures: {
        readings: count(),
        avg_temperature_c: avg('temperature_c'),
        avg_humidity_pct: avg('humidity_pct'),
        avg_wind_speed_kmh: avg('wind_speed_kmh'),
        p90_wind_speed_kmh: p90('wind_speed_kmh'),
        sum_precipitation_mm: sum('precipitation_mm'),
      },
    }),
  },
  tiles: [
    { kind: 'trend', title: 'Temperature', source: 'daily', columns: ['avg_temperature_c'], by: 'location' },
    {
      kind: 'bars',
      title: 'Precipitation',
      source: 'daily',
      columns: ['sum_precipitation_mm'],
      by: 'location',
    },
  ],
  simulation: {
    devices: CITIES.length,
    interval: '200 milliseconds',
    device(index, random) {
      const city = CITIES[index % CITIES.length]!;
      const name = city.location.toLowerCase().replaceAll(' ', '-');
      // more devices than cities are further stations of the same cities
      const station = index < CITIES.length ? name : `${name}-${Math.floor(index / CITIES.length) + 1}`;
      let hour: number | undefined;
      let humidity = 55;
      return {
        id: station,
        next(at) {
          const now = Math.floor(at / HOUR);
          hour = Math.min(now, hour === undefined ? now - HISTORY_HOURS : hour + 1);
          const day = ((hour % 24) / 24) * 2 * Math.PI;
          const year = ((hour % 8766) / 8766) * 2 * Math.PI;
          const raining = random() < city.wet;
          const temperature =
            city.mean - 10 * Math.cos(year) - city.swing * Math.cos(day - 0.8) + 2 * (random() - 0.5);
          humidity = clamp(humidity + 10 * (random() - 0.5) + (raining ? 8 : -0.8), 8, 100);
          const payload = {
            location: city.location,
            timestamp: new Date(hour * HOUR).toISOString(),
            temperature_c: round(clamp(temperature, -40, 50)),
            humidity_pct: round(humidity),
            precipitation_mm: raining ? round(random() * random() * 12) : 0,
            wind_speed_kmh: round(city.wind * 2 * random()),
          };
          return [{ table: 'observations', levels: { station }, payload }];
        },
      };
    },
  },
});

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
