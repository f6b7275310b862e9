import { describe, expect, it } from 'vitest';
import { vehicles, weather } from '../../fleets/index.ts';
import { ORIGIN } from '../../src/columns/reserved.ts';
import { columnOf } from '../../src/columns/select.ts';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import { type Fleet, fillLevels, fillTopic, rowToMessage, tableSchema } from '../../src/fleet/index.ts';
import { seededRandom } from '../support/seed.ts';

const NOW = Date.UTC(2026, 5, 1, 12, 34, 56);
const HOUR = 3_600_000;

/** What `count` devices send in `steps` steps of the fleet's own interval, from NOW on. */
function simulate(fleet: Fleet, count: number, steps: number, seed = 7) {
  const { device, interval } = fleet.simulation!;
  return Array.from({ length: count }, (_, index) => {
    const made = device(index, seededRandom(seed + index));
    const messages = Array.from({ length: steps }, (_unused, step) => {
      const at = NOW + step * interval;
      return made.next(at).map((message) => ({ ...message, at, id: made.id }));
    });
    return messages.flat();
  }).flat();
}

/** Decodes what was sent, each message arriving when it was sent. */
function decodeAll(fleet: Fleet, messages: ReturnType<typeof simulate>) {
  const decoders = new Map(
    Object.values(fleet.tables).map((table) => [table.name, createTableDecoder(table, tableSchema(table))]),
  );
  const [decoder] = decoders.values();
  const rows = decoder!.newBatch(messages.length);
  const failures = messages.flatMap(({ table: name, levels, payload, at }, i) => {
    const { table, decode } = decoders.get(name)!;
    const topic = fillTopic(table.segments, levels)!;
    const origin = { stream: 'sqlite/x', shard: '0', position: String(i).padStart(20, '0') };
    const bytes = Buffer.from(JSON.stringify(payload));
    return decode({ topic, levels: fillLevels(table, topic)!, payload: bytes, arrivedAt: at, origin }, rows)
      .failures;
  });
  return { batch: rows.finish(), failures };
}

describe.each([
  [weather, 200],
  [vehicles, 200],
])('the simulated devices of $name', (fleet, steps) => {
  it('send what their own table takes', () => {
    const messages = simulate(fleet, 12, steps);
    const { batch, failures } = decodeAll(fleet, messages);
    expect(failures).toEqual([]);
    expect(batch.length).toBe(messages.length);
    expect(columnOf(batch, ORIGIN.index).validity).toBeUndefined();
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
      const times = own.map(({ payload }) => Date.parse((payload as { timestamp: string }).timestamp));
      expect(times.slice(1).every((time, i) => HOUR === time - times[i]!)).toBe(true);
      expect(times.every((time, i) => time <= own[i]!.at)).toBe(true);
      expect(times.at(-1)! - times[0]!).toBeGreaterThan(3 * 24 * HOUR);
    }
    const places = new Set(messages.map(({ payload }) => (payload as { location: string }).location));
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
      ({ payload }) => payload as { time: string; temp: number; humidity: number },
    );
    expect(describeSample(payloads.map(({ temp }) => temp))).toEqual({ mean: 20, deviation: 1 });
    expect(describeSample(payloads.map(({ humidity }) => humidity))).toEqual({ mean: 35, deviation: 5 });
    expect(payloads.every(({ time }, i) => Date.parse(time) === messages[i]!.at)).toBe(true);
  });
});

/** Rounded to what ten thousand draws tell for certain. */
function describeSample(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean: Math.round(mean), deviation: Math.round(Math.sqrt(variance)) };
}
