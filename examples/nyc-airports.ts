import {
  avg,
  count,
  defineFleet,
  double,
  integer,
  max,
  min,
  p90,
  rollup,
  sum,
  table,
  text,
  timestamp,
  topicLevel,
} from 'tributary';

/**
 * Hourly weather at New York's three airports, as the R package nycflights13 publishes it: text cells, `NA` for what was not
 * measured, imperial units, the time in UTC beside the local year, month, day and hour.
 */
export const nyc = defineFleet({
  name: 'nyc',
  timeZone: 'America/New_York',
  tables: {
    weather: table({
      topic: 'nyc/{origin}/weather',
      device: topicLevel('origin'),
      columns: {
        origin: text({ from: topicLevel('origin') }),
        observed_at: timestamp({ from: 'time_hour' }),
        temp_f: double({ from: 'temp', coerce: true, optional: true, unit: '°F' }),
        dew_point_f: double({ from: 'dewp', coerce: true, optional: true, unit: '°F' }),
        humidity_pct: double({ from: 'humid', coerce: true, optional: true, unit: '%', min: 0, max: 100 }),
        wind_dir_deg: integer({
          from: 'wind_dir',
          coerce: true,
          optional: true,
          unit: '°',
          min: 0,
          max: 360,
        }),
        // the data holds one gust front of 1,048 mph: as it came
        wind_speed_mph: double({ from: 'wind_speed', coerce: true, optional: true, unit: 'mph', min: 0 }),
        wind_gust_mph: double({ from: 'wind_gust', coerce: true, optional: true, unit: 'mph', min: 0 }),
        precip_in: double({ from: 'precip', coerce: true, optional: true, unit: 'in', min: 0 }),
        pressure_mbar: double({ from: 'pressure', coerce: true, optional: true, unit: 'mbar' }),
        visibility_mi: double({ from: 'visib', coerce: true, optional: true, unit: 'mi', min: 0 }),
      },
      eventTime: 'observed_at',
      identity: ['origin', 'observed_at'],
      partition: 'month',
      keepPayload: true,
      nullText: ['NA'],
    }),
  },
  rollups: {
    daily: rollup('weather', {
      every: '1 day',
      by: ['origin'],
      measures: {
        readings: count(),
        avg_temp_f: avg('temp_f'),
        min_temp_f: min('temp_f'),
        max_temp_f: max('temp_f'),
        p90_wind_speed_mph: p90('wind_speed_mph'),
        sum_precip_in: sum('precip_in'),
      },
    }),
  },
});
