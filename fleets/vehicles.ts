import {
  avg,
  count,
  defineFleet,
  double,
  last,
  max,
  rollup,
  table,
  text,
  timestamp,
  topicLevel,
} from '../src/fleet/index.ts';

/** Where trips begin, in degrees. */
const DEPOT = { latitude: 52.52, longitude: 13.405 };
const KM_PER_DEGREE = 111.32;

/** Vehicles that report once a second what their cabin is like and where they are. */
export const vehicles = defineFleet({
  name: 'vehicles',
  batchWindow: '10 seconds',
  tables: {
    telemetry: table({
      topic: 'vehicles/{vehicle}/telemetry',
      device: topicLevel('vehicle'),
      columns: {
        entity: text({ from: topicLevel('vehicle') }),
        time: timestamp(),
        temp: double({ coerce: true, unit: '°C', min: -60, max: 90 }),
        humidity: double({ coerce: true, unit: '%', min: 0, max: 100 }),
        latitude: double({ optional: true, min: -90, max: 90 }),
        longitude: double({ optional: true, min: -180, max: 180 }),
        speed_km_h: double({ optional: true, unit: 'km/h', min: 0, max: 400 }),
        fuel_pct: double({ optional: true, unit: '%', min: 0, max: 100 }),
      },
      eventTime: 'time',
      identity: ['entity', 'time'],
      keepPayload: true,
      rowLevels: { vehicle: 'entity' },
    }),
  },
  rollups: {
    minutely: rollup('telemetry', {
      every: '1 minute',
      by: ['entity'],
      lateness: '3 minutes',
      measures: {
        readings: count(),
        avg_temp: avg('temp'),
        last_humidity: last('humidity'),
        last_latitude: last('latitude'),
        last_longitude: last('longitude'),
        avg_speed_km_h: avg('speed_km_h'),
        max_speed_km_h: max('speed_km_h'),
        last_fuel_pct: last('fuel_pct'),
      },
    }),
  },
  tiles: [
    { kind: 'trend', title: 'Cabin temperature', source: 'minutely', columns: ['avg_temp'], by: 'entity' },
    {
      kind: 'map',
      title: 'Where they are',
      source: 'minutely',
      columns: ['last_latitude', 'last_longitude'],
      by: 'entity',
    },
  ],
  simulation: {
    devices: 20,
    interval: '1 second',
    device(index, random) {
      const entity = `vehicle-${String(index + 1).padStart(4, '0')}`;
      let { latitude, longitude } = DEPOT;
      let speed = 0;
      let fuel = 40 + 60 * random();
      let heading = 2 * Math.PI * random();
      let before: number | undefined;
      return {
        id: entity,
        next(at) {
          const hours = (at - (before ?? at)) / 3_600_000;
          before = at;
          heading += 0.4 * (random() - 0.5);
          speed = Math.min(130, Math.max(0, speed + 12 * (random() - 0.45)));
          latitude += (speed * hours * Math.cos(heading)) / KM_PER_DEGREE;
          longitude +=
            (speed * hours * Math.sin(heading)) / (KM_PER_DEGREE * Math.cos((latitude * Math.PI) / 180));
          // a refuelling stop when it runs low
          fuel = fuel < 5 ? 100 : fuel - speed * hours * 0.08;
          const payload = {
            time: new Date(at).toISOString(),
            temp: round(20 + normal(random), 2),
            humidity: round(35 + 5 * normal(random), 2),
            latitude: round(latitude, 6),
            longitude: round(longitude, 6),
            speed_km_h: round(speed, 1),
            fuel_pct: round(fuel, 1),
          };
          return [{ table: 'telemetry', levels: { vehicle: entity }, payload }];
        },
      };
    },
  },
});

/** A standard normal number by Box and Muller's transform. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
