import { describe, expect, test } from 'vitest';
import { DEFAULT_RATES, parseFaults } from '../../device-sim/faults.ts';
import { poisonPayload } from '../../device-sim/poison.ts';
import { createRandom } from '../../device-sim/random.ts';
import { joinReadings, takesSeveral } from '../../device-sim/readings.ts';
import { createSimulatedDevice } from '../../device-sim/simulated-device.ts';
import * as shipped from '../../fleets/index.ts';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import {
  defineFleet,
  fillLevels,
  table,
  tableSchema,
  text,
  timestamp,
  topicLevel,
} from '../../src/fleet/index.ts';
import type { Fleet, Table } from '../../src/fleet/model.ts';
import { drawSeed } from '../support/seed.ts';

const NOW = Date.UTC(2026, 5, 1, 12, 34, 56);
const DAY = 86_400_000;

describe('what is asked for', () => {
  test.each([
    ['all', DEFAULT_RATES],
    ['poison,late', { poison: DEFAULT_RATES.poison, late: DEFAULT_RATES.late }],
    [
      'all=0.5, poison=1',
      { ...Object.fromEntries(Object.keys(DEFAULT_RATES).map((kind) => [kind, 0.5])), poison: 1 },
    ],
    ['skew=0', { skew: 0 }],
  ])('%j', (text_, rates) => {
    expect(parseFaults(text_)).toEqual(rates);
  });

  test.each([
    ['poisons', /no fault "poisons": there are all, doubled, late/],
    ['', /no fault ""/],
    ['late=2', /"late=2": a share is a number from 0 to 1/],
    ['late=', /"late=": a share/],
    ['late=0.1=0.2', /a share/],
  ])('%j is refused', (text_, message) => {
    expect(() => parseFaults(text_)).toThrow(message);
  });
});

function decode(of: Table, topic: string, payload: Uint8Array) {
  const decoder = createTableDecoder(of, tableSchema(of));
  const rows = decoder.newBatch(16);
  const origin = { stream: 'sqlite/x', shard: '0', position: '1' };
  const levels = fillLevels(of, topic)!;
  return decoder.decode({ topic, levels, payload, arrivedAt: NOW, origin }, rows);
}

/** Messages of the shipped fleets' devices, one of each table, and one of several readings. */
function* messages(seed: number) {
  for (const fleet of Object.values<Fleet>(shipped)) {
    const seen = new Set<Table>();
    for (let index = 0; index < fleet.simulation!.devices; index++) {
      const device = createSimulatedDevice({ fleet, index, seed, started: NOW, faults: {} });
      for (let at = NOW; at < NOW + 60_000; at += 500) {
        for (const { table: of, message } of device.measure(at)) {
          if (seen.has(of)) continue;
          seen.add(of);
          yield { of, ...message };
          const joined = joinReadings([message.payload, message.payload]);
          if (takesSeveral(of)) yield { of, ...message, payload: joined };
        }
      }
    }
    expect(seen.size, fleet.name).toBeGreaterThan(0);
  }
}

describe('a poison', () => {
  test('is refused by the table that takes the message it was made of', () => {
    const seed = drawSeed('poisons');
    const random = createRandom(seed);
    const reasons = new Set<string>();
    for (const { of, topic, payload } of messages(seed)) {
      expect(decode(of, topic, payload).failures, topic).toEqual([]);
      for (let i = 0; i < 200; i++) {
        const poison = poisonPayload(of, payload, random);
        const { failures } = decode(of, topic, poison);
        expect(failures.length, `${topic} ${Buffer.from(poison).toString('latin1')}`).toBeGreaterThan(0);
        for (const { reason } of failures) reasons.add(reason);
      }
    }
    expect([...reasons].sort()).toEqual(['missing-column', 'not-json', 'out-of-range', 'wrong-type']);
  });

  test('is none that a lenient table would take: text that may be missing takes nearly all', () => {
    const lenient = defineFleet({
      name: 'notes',
      tables: {
        notes: table({
          topic: 'notes/{who}',
          device: topicLevel('who'),
          columns: { note: text({ optional: true, coerce: true }) },
        }),
      },
    }).tables['notes']!;
    const random = createRandom(drawSeed('lenient poisons'));
    for (const payload of ['{"note":"x"}', '"x"', '7', '', '{"note":"x"}{"note":"y"}']) {
      for (let i = 0; i < 100; i++) {
        const { failures } = decode(lenient, 'notes/a', poisonPayload(lenient, Buffer.from(payload), random));
        expect(failures.length, payload).toBeGreaterThan(0);
      }
    }
  });
});

describe('a device’s clock and memory', () => {
  const clocks = defineFleet({
    name: 'clocks',
    tables: {
      ticks: table({
        topic: 'clocks/{clock}',
        device: topicLevel('clock'),
        columns: { at: timestamp({ format: 'epoch-ms' }) },
        eventTime: 'at',
      }),
    },
    simulation: {
      devices: 10,
      interval: '1 second',
      device: (index) => ({
        id: `clock-${index}`,
        next: (at) => [{ table: 'ticks', levels: { clock: `clock-${index}` }, payload: { at } }],
      }),
    },
  });
  const measure = (index: number, faults: object, fleet: Fleet = clocks) => {
    const device = createSimulatedDevice({ fleet, index, seed: 3, started: NOW, faults });
    return Array.from({ length: 300 }, (_, i) => NOW + i * 1000).flatMap((now) =>
      device.measure(now).map(({ message, befallen }) => {
        return {
          off: (JSON.parse(Buffer.from(message.payload).toString()) as { at: number }).at - now,
          befallen,
        };
      }),
    );
  };

  test('without faults say the time', () => {
    expect(new Set(measure(0, {}).map(({ off, befallen }) => `${off} ${befallen.join()}`))).toEqual(
      new Set(['0 ']),
    );
  });

  test('send what they measured minutes to days ago, and say so', () => {
    const late = measure(0, { late: 0.5 }).filter(({ befallen }) => befallen.includes('late'));
    expect(late.length).toBeGreaterThan(100);
    expect(late.every(({ off }) => off <= -60_000 && off >= -3 * DAY)).toBe(true);
    expect(Math.min(...late.map(({ off }) => off))).toBeLessThan(-DAY);
    expect(Math.max(...late.map(({ off }) => off))).toBeGreaterThan(-3_600_000);
  });

  test('are off by the same all the time, so many of all devices', () => {
    const offsets = Array.from(
      { length: 10 },
      (_, index) => new Set(measure(index, { skew: 0.2 }).map(({ off }) => off)),
    );
    expect(offsets.every(({ size }) => size === 1)).toBe(true);
    const skewed = offsets.map(([off]) => off!).filter((off) => off !== 0);
    expect(skewed).toHaveLength(2);
    for (const off of skewed) expect(Math.abs(off)).toBeLessThanOrEqual(600_000);
  });

  test('cannot be wrong where a fleet says no time', () => {
    const device = createSimulatedDevice({
      fleet: shipped.station,
      index: 0,
      seed: 3,
      started: NOW,
      faults: { late: 1, skew: 1 },
    });
    expect(device.measure(NOW).flatMap(({ befallen }) => befallen)).toEqual([]);
  });

  test('live through a past first where the fleet says so, and with the clock once they have caught up', () => {
    const fleet: Fleet = {
      ...clocks,
      simulation: { ...clocks.simulation!, history: { span: 10_000, step: 5_000 } },
    };
    const device = createSimulatedDevice({ fleet, index: 0, seed: 3, started: NOW, faults: {} });
    const at = (now: number) =>
      device
        .measure(now)
        .map(({ message }) => (JSON.parse(Buffer.from(message.payload).toString()) as { at: number }).at);
    const first = Math.floor((NOW - 10_000) / 5_000) * 5_000;
    expect([at(NOW), at(NOW + 1), at(NOW + 2)]).toEqual([[first], [first + 5_000], [first + 10_000]]);
    expect(at(NOW + 3)).toEqual([]);
    expect(device.due).toBe(first + 15_000);
    expect(at(device.due - 1)).toEqual([]);
    expect(at(device.due)).toEqual([first + 15_000]);
  });
});
