import { describe, expect, test } from 'vitest';
import { createShardReadings, type ShardReadings, UNROUTABLE } from '../../../local/verify/shard-readings.ts';

const LONG = '4967300000000000000000000000000000000000000000000000000';

function readingsOf(kind: 'sqlite' | 'kinesis', prefix = ''): ShardReadings {
  const readings = createShardReadings('shard-0', kind);
  for (let n = 1; n <= 3000; n++) {
    readings.addRecord(`${prefix}${1000 + n * 3}`, BigInt(n));
    readings.expect(0, n === 7 ? 3 : 1);
    if (n % 2 === 0) readings.expect(1, 0);
  }
  readings.addRecord(`${prefix}20000`, 0n);
  readings.expect(UNROUTABLE, 1);
  return readings;
}

describe.each([
  ['sqlite', ''],
  ['kinesis', LONG],
] as const)('positions of %s', (kind, prefix) => {
  test('are found, missing between records, before or after them', () => {
    const readings = readingsOf(kind, prefix);
    expect(readings.locate(`${prefix}1003`)).toBe(0);
    expect(readings.locate(`${prefix}9997`)).toBe(2998);
    expect(readings.locate(`${prefix}20000`)).toBe(3000);
    expect(readings.locate(`${prefix}9998`)).toBe('missing');
    expect(readings.locate(`${prefix}1002`)).toBe('before');
    expect(readings.locate(`${prefix}20001`)).toBe('after');
    expect(readings.positionOf(2998)).toBe(`${prefix}9997`);
  });
});

test('counts records and readings, a message without readings as one', () => {
  const readings = readingsOf('sqlite');
  expect(readings.records).toBe(3001);
  expect(readings.readings).toBe(3000 + 2 + 1500 + 1);
  expect(readings.keyOf(6)).toBe(7n);
});

function small(): ShardReadings {
  const readings = createShardReadings('shard-0', 'sqlite');
  readings.addRecord('1', 1n);
  readings.expect(0, 2);
  readings.expect(1, 1);
  readings.addRecord('2', 2n);
  readings.expect(UNROUTABLE, 1);
  return readings;
}
const faultsOf = (readings: ShardReadings) => Array.from(readings.faults());

test('every reading is missing until it is found, in its own table', () => {
  const readings = small();
  expect(faultsOf(readings)).toHaveLength(4);
  expect(readings.markRow(0, 0, 0)).toBe(true);
  expect(readings.markRow(0, 1, 0)).toBe(true);
  readings.markQuarantined(0, 0, 1, 'open');
  readings.markQuarantined(1, UNROUTABLE, -1, 'open');
  expect(faultsOf(readings)).toEqual([]);
});

test('a row for a reading or a table that the record has not is refused', () => {
  const readings = small();
  expect(readings.markRow(0, 0, 2)).toBe(false);
  expect(readings.markRow(0, 2, 0)).toBe(false);
  expect(readings.markRow(1, 0, 0)).toBe(false);
});

test.each<[string, (readings: ShardReadings) => void, { rows: number; quarantined: number }]>([
  ['two rows', (readings) => [0, 0].forEach(() => readings.markRow(0, 1, 0)), { rows: 2, quarantined: 0 }],
  [
    'a row and the quarantine',
    (readings) => (readings.markRow(0, 1, 0), readings.markQuarantined(0, 1, 0, 'open')),
    { rows: 1, quarantined: 1 },
  ],
  [
    'the quarantine as a whole message, and a row',
    (readings) => (readings.markRow(0, 1, 0), readings.markQuarantined(0, 1, -1, 'open')),
    { rows: 1, quarantined: 1 },
  ],
  [
    'the quarantine twice',
    (readings) => [0, 0].forEach(() => readings.markQuarantined(0, 1, 0, 'open')),
    { rows: 0, quarantined: 2 },
  ],
  [
    'a hundred rows',
    (readings) => Array.from({ length: 100 }, () => readings.markRow(0, 1, 0)),
    { rows: 3, quarantined: 0 },
  ],
])('%s is doubled', (_, mark, counts) => {
  const readings = small();
  mark(readings);
  expect(faultsOf(readings).filter((fault) => fault.kind === 'doubled')).toEqual([
    { kind: 'doubled', ordinal: 0, table: 1, index: 0, ...counts },
  ]);
});

test('what the quarantine covers may have a row or none; what it held before any table took the topic is not missing', () => {
  const readings = small();
  readings.markQuarantined(0, 0, -1, 'covered');
  readings.markRow(0, 0, 0);
  readings.markCovered(0);
  readings.markQuarantined(1, UNROUTABLE, -1, 'covered');
  expect(faultsOf(readings)).toEqual([]);
});

test('what was replayed needs its row, what was discarded must have none', () => {
  const readings = small();
  readings.markQuarantined(0, 0, 0, 'replayed');
  readings.markQuarantined(0, 0, 1, 'discarded');
  readings.markQuarantined(0, 1, 0, 'discarded');
  readings.markQuarantined(1, UNROUTABLE, -1, 'discarded');
  expect(faultsOf(readings)).toMatchObject([{ kind: 'missing', ordinal: 0, table: 0, index: 0 }]);
  readings.markRow(0, 0, 0);
  expect(faultsOf(readings)).toEqual([]);
  readings.markRow(0, 1, 0);
  expect(faultsOf(readings)).toMatchObject([{ kind: 'doubled', ordinal: 0, table: 1, index: 0 }]);
});

test('a reading that was discarded in part and replayed in part is right with its row, and without it', () => {
  const readings = small();
  readings.markQuarantined(0, 0, -1, 'discarded');
  readings.markQuarantined(0, 0, 0, 'replayed');
  readings.markRow(0, 0, 0);
  readings.markQuarantined(0, 1, 0, 'open');
  readings.markQuarantined(1, UNROUTABLE, -1, 'open');
  expect(faultsOf(readings)).toEqual([]);
});
