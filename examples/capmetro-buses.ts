import {
  avg,
  count,
  defineFleet,
  double,
  last,
  p50,
  p90,
  rollup,
  table,
  text,
  timestamp,
  topicLevel,
} from 'tributary';

/** Positions of Austin's buses (CapMetrics): times with an offset, far out of order, some without a headsign. */
export const capmetro = defineFleet({
  name: 'capmetro',
  timeZone: 'America/Chicago',
  tables: {
    positions: table({
      topic: 'capmetro/{vehicle_id}/position',
      device: topicLevel('vehicle_id'),
      columns: {
        vehicle_id: text({ from: topicLevel('vehicle_id') }),
        reported_at: timestamp({ from: 'timestamp' }),
        speed_mph: double({ from: 'speed', coerce: true, optional: true, unit: 'mph', min: 0 }),
        route_id: text({ coerce: true, optional: true }),
        trip_id: text({ coerce: true, optional: true }),
        latitude: double({ coerce: true, min: -90, max: 90 }),
        longitude: double({ coerce: true, min: -180, max: 180 }),
        trip_headsign: text({ optional: true }),
      },
      eventTime: 'reported_at',
      identity: ['vehicle_id', 'reported_at'],
      keepPayload: true,
      // a bus without a headsign has an empty cell
      nullText: [''],
    }),
  },
  rollups: {
    by_route: rollup('positions', {
      every: '15 minutes',
      by: ['route_id'],
      measures: {
        positions: count(),
        avg_speed_mph: avg('speed_mph'),
        p50_speed_mph: p50('speed_mph'),
        p90_speed_mph: p90('speed_mph'),
      },
    }),
    hourly: rollup('positions', {
      every: '1 hour',
      by: ['vehicle_id'],
      measures: {
        positions: count(),
        avg_speed_mph: avg('speed_mph'),
        last_latitude: last('latitude'),
        last_longitude: last('longitude'),
      },
    }),
  },
});
