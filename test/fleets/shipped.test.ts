import { describe, expect, it } from 'vitest';
import { createSimulatedDevice } from '../../device-sim/simulated-device.ts';
import { station, vehicles, weather } from '../../fleets/index.ts';
import { ORIGIN } from '../../src/columns/reserved.ts';
import { columnOf } from '../../src/columns/select.ts';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import { type Fleet, fillLevels, rowToMessage, tableSchema } from '../../src/fleet/index.ts';
import { seededRandom } from '../support/seed.ts';

const NOW = Date.UTC(2026, 5, 1, 12, 34, 56);
const HOUR = 3_600_000;

/** What `count` devices send when they are asked `steps` times, at the fleet's own interval from NOW on. */
function simulate(fleet: Fleet, count: number, steps: number, seed = 7) {
  const { interval } = fleet.simulation!;
  return Array.from({ length: count }, (_, index) => {
    const device = createSimulatedDevice({ fleet, index, seed, started: NOW, faults: {} });
    const messages = Array.from({ length: steps }, (_unused, step) => {
      const at = NOW + step * interval;
      return device.measure(at).map(({ table, message }) => ({ table, ...message, at, id: device.id }));
    });
    return messages.flat();
  }).flat();
}

const payloadOf = ({ payload }: { readonly payload: Uint8Array }): unknown =>
  JSON.parse(Buffer.from(payload).toString());

/** Decodes what was sent, each message arriving when it was sent: rows and failures of each table. */
function decodeAll(fleet: Fleet, messages: ReturnType<typeof simulate>) {
  return Object.values(fleet.tables).map((table) => {
    const own = messages.filter((message) => message.table === table);
    const decoder = createTableDecoder(table, tableSchema(table));
    const rows = decoder.newBatch(own.length);
    const failures = own.flatMap(({ topic, payload, at }, i) => {
      const origin = { stream: 'sqlite/x', shard: '0', position: String(i).padStart(20, '0') };
      const levels = fillLevels(table, topic)!;
      return decoder.decode({ topic, levels, payload, arrivedAt: at, origin }, rows).failures;
    });
    return { sent: own.length, batch: rows.finish(), failures };
  });
}

describe.each([
  [weather, 200],
  [vehicles, 200],
  [station, 600],
])('the simulated devices of $name', (fleet, steps) => {
  it('send what their own table takes', () => {
    for (const { sent, batch, failures } of decodeAll(fleet, simulate(fleet, 12, steps))) {
      expect(failures).toEqual([]);
      expect(sent).toBeGreaterThan(0);
      expect(batch.length).toBe(sent);
      expect(columnOf(batch, ORIGIN.index).validity).toBeUndefined();
    }
  });

  it('have names that things may have, each its own', () => {
    const ids = Array.from(
      { length: 30 },
      (_, index) => fleet.simulation!.device(index, seededRandom(index)).id,
    );
    expect(new Set(ids).size).toBe(30);
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9:_-]{1,128}$/);
  });

  it('repeat a seed, and differ by seed', () => {
    expect(simulate(fleet, 3, 50)).toEqual(simulate(fleet, 3, 50));
    expect(simulate(fleet, 3, 50)).not.toEqual(simulate(fleet, 3, 50, 8));
  });
});

describe('simulated weather', () => {
  it('shows several days in twenty seconds, an hour a message, never ahead of the clock', () => {
    const steps = 20_000 / weather.simulation!.interval;
    const messages = simulate(weather, 10, steps);
    for (const id of new Set(messages.map((message) => message.id))) {
      const own = messages.filter((message) => message.id === id);
      const times = own.map((message) => Date.parse((payloadOf(message) as { timestamp: string }).timestamp));
      expect(times.slice(1).every((time, i) => HOUR === time - times[i]!)).toBe(true);
      expect(times.every((time, i) => time <= own[i]!.at)).toBe(true);
      expect(times.at(-1)! - times[0]!).toBeGreaterThan(3 * 24 * HOUR);
    }
    const places = new Set(messages.map((message) => (payloadOf(message) as { location: string }).location));
    expect(places.size).toBe(10);
  });

  it('takes rows of the usual CSV, with its headers and text for numbers', () => {
    const table = weather.tables['observations']!;
    const row = {
      Location: 'San Diego',
      Date_Time: '2024-01-14 21:12:46',
      Temperature_C: '10.68',
      Humidity_pct: '41.19',
      Precipitation_mm: '4.02',
      Wind_Speed_kmh: '8.23',
    };
    const message = rowToMessage(table, row);
    if (message.kind !== 'message') throw new Error(message.detail);
    expect(message.topic).toBe('weather/San-Diego/observation');
    const decoder = createTableDecoder(table, tableSchema(table));
    const rows = decoder.newBatch(1);
    const origin = { stream: 'backfill/x', shard: '0', position: '1' };
    expect(decoder.decode({ ...message, arrivedAt: NOW, origin }, rows).failures).toEqual([]);
    const batch = rows.finish();
    expect(columnOf(batch, 'temperature_c').values[0]).toBe(10.68);
    expect(columnOf(batch, 'observed_at').values[0]).toBe(BigInt(Date.UTC(2024, 0, 14, 21, 12, 46)) * 1000n);
  });
});

describe('simulated vehicles', () => {
  it('measure temperatures about N(20, 1) and humidities about N(35, 5), in real time', () => {
    const messages = simulate(vehicles, 20, 500);
    const payloads = messages.map(
      (message) => payloadOf(message) as { time: string; temp: number; humidity: number },
    );
    expect(describeSample(payloads.map(({ temp }) => temp))).toEqual({ mean: 20, deviation: 1 });
    expect(describeSample(payloads.map(({ humidity }) => humidity))).toEqual({ mean: 35, deviation: 5 });
    expect(payloads.every(({ time }, i) => Date.parse(time) === messages[i]!.at)).toBe(true);
  });
});

describe('simulated trips', () => {
  it('go from place to place at a town’s pace, stop, and come round to fill the tank', () => {
    type Position = { latitude: number; longitude: number; speed_km_h: number; fuel_pct: number };
    const device = createSimulatedDevice({ fleet: vehicles, index: 3, seed: 7, started: NOW, faults: {} });
    const day = Array.from({ length: 8 * 3600 }, (_, second) => {
      return payloadOf(device.measure(NOW + second * 1000)[0]!.message) as Position;
    });
    for (const [i, { latitude, longitude, fuel_pct: fuel }] of day.entries()) {
      expect(Math.hypot(latitude - 52.52, (longitude - 13.405) * 0.608) * 111.32).toBeLessThan(12.1);
      if (i === 0) continue;
      const before = day[i - 1]!;
      const km = Math.hypot(latitude - before.latitude, (longitude - before.longitude) * 0.608) * 111.32;
      // 90 km/h, and what rounding leaves
      expect(km).toBeLessThan(0.0254);
      expect(fuel <= before.fuel_pct || fuel === 100).toBe(true);
    }
    const standing = day.filter(({ speed_km_h: speed }) => speed === 0).length / day.length;
    expect(standing).toBeGreaterThan(0.1);
    expect(standing).toBeLessThan(0.6);
  });
});

describe('simulated boards', () => {
  const messages = simulate(station, 4, 3000);
  const valuesOf = (name: string) =>
    messages
      .filter(({ table }) => table.name === name)
      .map((message) => Number((payloadOf(message) as { msg: string }).msg));

  it('say no more than a whole number, and nothing but the topic says whose it is', () => {
    for (const { topic, payload, id } of messages) {
      expect(Buffer.from(payload).toString()).toMatch(/^\{"msg":"\d{1,3}"\}$/);
      expect(topic).toMatch(new RegExp(`^station/${id}/(temperature|humidity|distance|motion)$`));
    }
  });

  it('measure distances far more often than climate, and tell of motion as it begins and ends', () => {
    expect(valuesOf('distance').length).toBeGreaterThan(10 * valuesOf('temperature').length);
    const motions = messages.filter(({ table, id }) => table.name === 'motion' && id === 'board-01');
    const told = motions.map((message) => (payloadOf(message) as { msg: string }).msg);
    expect(told.length).toBeGreaterThan(4);
    expect(told).toEqual(told.map((_, i) => (i % 2 === 0 ? '1' : '0')));
  });

  it('see a room’s climate, and somebody come near now and then', () => {
    expect(Math.min(...valuesOf('temperature'))).toBeGreaterThan(10);
    expect(Math.max(...valuesOf('temperature'))).toBeLessThan(32);
    expect(Math.min(...valuesOf('distance'))).toBeLessThan(160);
    expect(valuesOf('distance').filter((cm) => cm === 400).length).toBeGreaterThan(1000);
  });
});

/** Rounded to what ten thousand draws tell for certain. */
function describeSample(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean: Math.round(mean), deviation: Math.round(Math.sqrt(variance)) };
}
