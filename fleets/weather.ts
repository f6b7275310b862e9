import {
  avg,
  count,
  defineFleet,
  double,
  p90,
  rollup,
  signals,
  sum,
  table,
  text,
  timestamp,
  topicLevel,
} from '../src/fleet/index.ts';

const { clamp, dailyCycle, driftingNoise, exponential, roundTo } = signals;

/**
 * Hours behind UTC; mean temperature of the year and its half swing over year and day (°C), how often it rains (of all hours),
 * mean wind (km/h).
 */
const CITIES = [
  { location: 'New York', behind: 5, mean: 13, year: 12, day: 4, wet: 0.12, wind: 15 },
  { location: 'Los Angeles', behind: 8, mean: 18, year: 4, day: 6, wet: 0.03, wind: 9 },
  { location: 'Chicago', behind: 6, mean: 10, year: 14, day: 5, wet: 0.11, wind: 17 },
  { location: 'Houston', behind: 6, mean: 21, year: 8, day: 6, wet: 0.1, wind: 12 },
  { location: 'Phoenix', behind: 7, mean: 24, year: 10, day: 9, wet: 0.02, wind: 10 },
  { location: 'Philadelphia', behind: 5, mean: 13, year: 12, day: 5, wet: 0.11, wind: 14 },
  { location: 'San Antonio', behind: 6, mean: 21, year: 9, day: 7, wet: 0.07, wind: 13 },
  { location: 'San Diego', behind: 8, mean: 18, year: 4, day: 4, wet: 0.03, wind: 10 },
  { location: 'Dallas', behind: 6, mean: 19, year: 11, day: 7, wet: 0.08, wind: 16 },
  { location: 'San Jose', behind: 8, mean: 16, year: 6, day: 7, wet: 0.04, wind: 11 },
] as const;

const HOUR = 3_600_000;
const YEAR = 365.25 * 24 * HOUR;
/** A spell of rain lasts so many hours on average. */
const SPELL_HOURS = 4;

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
    history: { span: '1095 days', step: '1 hour' },
    device(index, random) {
      const city = CITIES[index % CITIES.length]!;
      const name = city.location.toLowerCase().replaceAll(' ', '-');
      // more devices than cities are further stations of the same cities
      const station = index < CITIES.length ? name : `${name}-${Math.floor(index / CITIES.length) + 1}`;
      const weatherOf = simulateCity(city, random);
      return {
        id: station,
        next(at) {
          const payload = {
            location: city.location,
            timestamp: new Date(at).toISOString(),
            ...weatherOf(at),
          };
          return [{ table: 'observations', levels: { station }, payload }];
        },
      };
    },
    fileRow({ payload }) {
      const reading = payload as Readonly<Record<string, string | number>>;
      return {
        Location: reading['location'],
        Date_Time: String(reading['timestamp']).slice(0, 19).replace('T', ' '),
        Temperature_C: reading['temperature_c'],
        Humidity_pct: reading['humidity_pct'],
        Precipitation_mm: reading['precipitation_mm'],
        Wind_Speed_kmh: reading['wind_speed_kmh'],
      };
    },
  },
});

/** Seasons, days and fronts that pass within days; it rains in spells, and is humid then and when it is cool. */
function simulateCity(city: (typeof CITIES)[number], random: () => number) {
  const front = driftingNoise(random, { deviation: 3, memory: 48 * HOUR });
  const moisture = driftingNoise(random, { deviation: 12, memory: 12 * HOUR });
  const gusts = driftingNoise(random, { deviation: 0.5, memory: 6 * HOUR });
  let raining = random() < city.wet;
  return (at: number) => {
    // so that it rains in `wet` of all hours, however long a spell is
    raining = random() < (raining ? 1 - 1 / SPELL_HOURS : city.wet / (1 - city.wet) / SPELL_HOURS);
    const afternoon = dailyCycle(at, { amplitude: 1, peakHour: 15 + city.behind });
    // coldest in the middle of January
    const season = -city.year * Math.cos(((at % YEAR) / YEAR - 0.04) * 2 * Math.PI);
    const temperature = city.mean + season + city.day * afternoon + front(at) - (raining ? 2 : 0);
    const humidity = 58 - 14 * afternoon + moisture(at) + (raining ? 25 : 0);
    return {
      temperature_c: roundTo(clamp(temperature, -45, 52), 1),
      humidity_pct: roundTo(clamp(humidity, 5, 100), 1),
      precipitation_mm: raining ? roundTo(0.1 + exponential(random, 1 / 1.8), 1) : 0,
      wind_speed_kmh: roundTo(Math.max(0, city.wind * (1 + 0.2 * afternoon + gusts(at))), 1),
    };
  };
}
