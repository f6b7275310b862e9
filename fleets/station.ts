import {
  avg,
  count,
  defineFleet,
  double,
  first,
  integer,
  last,
  max,
  min,
  rollup,
  signals,
  sum,
  table,
  text,
  topicLevel,
} from '../src/fleet/index.ts';

const { chance, clamp, dailyCycle, driftingNoise, exponential, normal, uniform } = signals;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What such a board is made of: a DHT11 (whole degrees and per cent), an HC-SR04 (centimetres) and a PIR sensor. */
const CLIMATE_EVERY_MS = 2 * SECOND;
const SONAR_CM = { nearest: 2, farthest: 400 };

/**
 * An Arduino-like board: four topics, one a measurement, and payloads such as `{"msg":"23"}`. It has no clock, so arrival is
 * the event time, and says no name: only the topic tells whose reading it is.
 */
export const station = defineFleet({
  name: 'station',
  batchWindow: '10 seconds',
  tables: {
    temperature: table({
      topic: 'station/{board}/temperature',
      device: topicLevel('board'),
      columns: {
        board: text({ from: topicLevel('board') }),
        temperature_c: double({ from: 'msg', coerce: true, unit: '°C', min: -40, max: 80 }),
      },
      keepPayload: true,
    }),
    humidity: table({
      topic: 'station/{board}/humidity',
      device: topicLevel('board'),
      columns: {
        board: text({ from: topicLevel('board') }),
        humidity_pct: double({ from: 'msg', coerce: true, unit: '%', min: 0, max: 100 }),
      },
      keepPayload: true,
    }),
    distance: table({
      topic: 'station/{board}/distance',
      device: topicLevel('board'),
      columns: {
        board: text({ from: topicLevel('board') }),
        distance_cm: double({ from: 'msg', coerce: true, unit: 'cm', min: 0, max: 1000 }),
      },
      keepPayload: true,
    }),
    motion: table({
      topic: 'station/{board}/motion',
      device: topicLevel('board'),
      columns: {
        board: text({ from: topicLevel('board') }),
        detected: integer({
          from: 'msg',
          coerce: true,
          min: 0,
          max: 1,
          description: '1 as somebody begins to move, 0 as it ends',
        }),
      },
      keepPayload: true,
    }),
  },
  rollups: {
    temperature_minutely: rollup('temperature', {
      every: '1 minute',
      by: ['board'],
      measures: {
        readings: count(),
        avg_temperature_c: avg('temperature_c'),
        min_temperature_c: min('temperature_c'),
        max_temperature_c: max('temperature_c'),
        first_temperature_c: first('temperature_c'),
        last_temperature_c: last('temperature_c'),
      },
    }),
    humidity_minutely: rollup('humidity', {
      every: '1 minute',
      by: ['board'],
      measures: {
        readings: count(),
        avg_humidity_pct: avg('humidity_pct'),
        min_humidity_pct: min('humidity_pct'),
        max_humidity_pct: max('humidity_pct'),
        first_humidity_pct: first('humidity_pct'),
        last_humidity_pct: last('humidity_pct'),
      },
    }),
    distance_minutely: rollup('distance', {
      every: '1 minute',
      by: ['board'],
      measures: { readings: count(), nearest_cm: min('distance_cm'), avg_distance_cm: avg('distance_cm') },
    }),
    motion_minutely: rollup('motion', {
      every: '1 minute',
      by: ['board'],
      measures: { readings: count(), detections: sum('detected') },
    }),
  },
  tiles: [
    {
      kind: 'trend',
      title: 'Temperature',
      source: 'temperature_minutely',
      columns: ['avg_temperature_c'],
      by: 'board',
    },
    {
      kind: 'trend',
      title: 'Humidity',
      source: 'humidity_minutely',
      columns: ['avg_humidity_pct'],
      by: 'board',
    },
    {
      kind: 'trend',
      title: 'Nearest distance',
      source: 'distance_minutely',
      columns: ['nearest_cm'],
      by: 'board',
    },
    { kind: 'bars', title: 'Detections', source: 'motion_minutely', columns: ['detections'], by: 'board' },
  ],
  simulation: {
    devices: 4,
    interval: '100 milliseconds',
    device(index, random) {
      const board = `board-${String(index + 1).padStart(2, '0')}`;
      const climateOf = simulateRoom(random);
      const visitorOf = simulateVisitors(random);
      let climateDue = -Infinity;
      let moving = false;
      return {
        id: board,
        next(at) {
          const send = (measurement: string, value: number) => ({
            table: measurement,
            levels: { board },
            payload: { msg: String(value) },
          });
          const visitor = visitorOf(at);
          const messages = [send('distance', measureDistance(visitor?.distance, random))];
          if (at >= climateDue) {
            climateDue = at + CLIMATE_EVERY_MS;
            const { temperature, humidity } = climateOf(at);
            messages.push(send('temperature', temperature), send('humidity', humidity));
          }
          // the sensor tells when it changes, not how it is
          if ((visitor !== undefined) !== moving) {
            moving = !moving;
            messages.push(send('motion', moving ? 1 : 0));
          }
          return messages;
        },
      };
    },
  },
});

/** A room over the day, as a sensor sees it that is off by a little, drifts slowly and is noisy. */
function simulateRoom(random: () => number) {
  const offset = normal(random, 0, 0.7);
  const drift = driftingNoise(random, { deviation: 0.8, memory: 12 * HOUR });
  const moisture = driftingNoise(random, { deviation: 4, memory: HOUR });
  return (at: number) => {
    const warmth = dailyCycle(at, { amplitude: 3, peakHour: 16 });
    return {
      temperature: Math.round(21 + offset + warmth + drift(at) + normal(random, 0, 0.4)),
      humidity: Math.round(clamp(48 - 2 * warmth + moisture(at) + normal(random, 0, 1), 20, 90)),
    };
  };
}

/** Somebody who walks up to the board, stays and leaves, now and then; undefined while nobody is there. */
function simulateVisitors(random: () => number) {
  let comes: number | undefined;
  let goes = 0;
  let nearest = 0;
  return (at: number): { readonly distance: number } | undefined => {
    if (comes === undefined || at >= goes) {
      comes = at + exponential(random, 1 / (20 * SECOND));
      goes = comes + 3 * SECOND + exponential(random, 1 / (10 * SECOND));
      nearest = uniform(random, 10, 150);
    }
    if (at < comes) return undefined;
    // a metre a second, there and back
    const away = Math.min(at - comes, goes - at) / SECOND;
    return { distance: Math.max(nearest, 300 - 100 * away) };
  };
}

/** An echo, or the sensor's far end where there is none; one in a thousand is a ghost. */
function measureDistance(distance: number | undefined, random: () => number): number {
  if (chance(random, 0.001)) return Math.round(uniform(random, SONAR_CM.nearest, SONAR_CM.farthest));
  if (distance === undefined) return SONAR_CM.farthest;
  return Math.round(clamp(normal(random, distance, 1.5), SONAR_CM.nearest, SONAR_CM.farthest));
}
