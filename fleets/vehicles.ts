import {
  avg,
  count,
  defineFleet,
  double,
  last,
  max,
  rollup,
  signals,
  table,
  text,
  timestamp,
  topicLevel,
} from '../src/fleet/index.ts';

const { chance, clamp, driftingNoise, exponential, normal, roundTo, uniform } = signals;

const KM_PER_DEGREE = 111.32;
const SECOND = 1000;
const HOUR = 3_600_000;
/** Where every vehicle belongs (degrees), and how far around it customers live. */
const DEPOT = { latitude: 52.52, longitude: 13.405 };
const REACH_KM = 12;
const LITRES_PER_100_KM = 7;
const TANK_LITRES = 50;
const CALLS = 4;

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
        latitude: double({ coerce: true, optional: true, min: -90, max: 90 }),
        longitude: double({ coerce: true, optional: true, min: -180, max: 180 }),
        speed_km_h: double({ coerce: true, optional: true, unit: 'km/h', min: 0, max: 400 }),
        fuel_pct: double({ coerce: true, optional: true, unit: '%', min: 0, max: 100 }),
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
      const drive = simulateTrips(random);
      return {
        id: entity,
        next(at) {
          const { north, east, speed, fuel } = drive(at);
          const latitude = DEPOT.latitude + north / KM_PER_DEGREE;
          const kmPerDegreeEast = KM_PER_DEGREE * Math.cos((DEPOT.latitude * Math.PI) / 180);
          const payload = {
            time: new Date(at).toISOString(),
            temp: roundTo(normal(random, 20, 1), 2),
            humidity: roundTo(clamp(normal(random, 35, 5), 0, 100), 2),
            latitude: roundTo(latitude, 6),
            longitude: roundTo(DEPOT.longitude + east / kmPerDegreeEast, 6),
            speed_km_h: roundTo(speed, 1),
            fuel_pct: roundTo(fuel, 1),
          };
          return [{ table: 'telemetry', levels: { vehicle: entity }, payload }];
        },
      };
    },
  },
});

type Place = { readonly north: number; readonly east: number };

/**
 * Under way somewhere at first. Rounds from the depot (0, 0; kilometres north and east) to some customers and back, a stop at each; the tank is filled at
 * the depot. Speed follows traffic: it wanders about that of a town, and drops at lights.
 */
function simulateTrips(random: () => number) {
  const traffic = driftingNoise(random, { deviation: 12, memory: 60 * SECOND });
  let { north, east } = drawCustomer(random);
  let litres = uniform(random, 0.3 * TANK_LITRES, TANK_LITRES);
  let calls = CALLS;
  let goal: Place = drawCustomer(random);
  let waitsUntil = -Infinity;
  let before: number | undefined;
  return (at: number): Place & { readonly speed: number; readonly fuel: number } => {
    const hours = Math.max(0, at - (before ?? at)) / HOUR;
    before = at;
    const pace = clamp(38 + traffic(at), 5, 90);
    const [toNorth, toEast] = [goal.north - north, goal.east - east];
    const left = Math.hypot(toNorth, toEast);
    const isWaiting = at < waitsUntil;
    const driven = isWaiting ? 0 : Math.min(left, pace * hours);
    if (driven > 0) {
      north += (toNorth / left) * driven;
      east += (toEast / left) * driven;
      litres = Math.max(0, litres - (driven * LITRES_PER_100_KM) / 100);
    }
    if (!isWaiting && driven === left) {
      // a call, or the end of the round
      waitsUntil = at + 20 * SECOND + exponential(random, 1 / (60 * SECOND));
      if (calls === 0) litres = TANK_LITRES;
      calls = calls === 0 ? CALLS : calls - 1;
      goal = calls === 0 ? { north: 0, east: 0 } : drawCustomer(random);
    } else if (!isWaiting && chance(random, hours * 60)) {
      // a light every minute or so
      waitsUntil = at + uniform(random, 5 * SECOND, 30 * SECOND);
    }
    return { north, east, speed: at < waitsUntil ? 0 : pace, fuel: (100 * litres) / TANK_LITRES };
  };
}

function drawCustomer(random: () => number): Place {
  const distance = REACH_KM * Math.sqrt(random());
  const heading = 2 * Math.PI * random();
  return { north: distance * Math.cos(heading), east: distance * Math.sin(heading) };
}
