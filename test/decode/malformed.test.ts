import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import type { Table } from '../../src/fleet/model.ts';
import { malformedMessages, type Subject } from '../support/malformed-corpus.ts';
import { drawSeed } from '../support/seed.ts';
import { at, makeColumn, makeMessage, makeTable, schemaOf } from './tables.ts';

const seed = drawSeed('malformed');

const weather = makeTable(
  [
    makeColumn('location', 'string'),
    makeColumn('observed_at', 'timestamp', { source: at('timestamp') }),
    makeColumn('temperature_c', 'double', { min: -90, max: 60 }),
  ],
  { eventTime: 'observed_at', keepPayload: true },
);

const subject: Subject = {
  reading: (random) => ({
    location: 'Ørsted',
    timestamp: '2024-01-01T00:00:00Z',
    temperature_c: random() * 20,
  }),
  text: 'location',
  number: { field: 'temperature_c', max: 60 },
  time: 'timestamp',
};

/** Park and Miller's generator: enough to choose kinds of damage. */
function repeatable(start: number): () => number {
  let state = (start % 2_147_483_646) + 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

test('every kind of malformed message fails for its reason, and its good readings become rows', () => {
  const decoder = createTableDecoder(weather, schemaOf(weather));
  const into = decoder.newBatch();
  let rows = 0;
  for (const { kind, payload, reason, rows: good } of malformedMessages(subject, repeatable(seed), 1000)) {
    const { failures } = decoder.decode(makeMessage(payload), into);
    rows += good;
    expect([kind, failures[0]?.reason, into.length]).toEqual([kind, reason, rows]);
    for (const { detail } of failures) {
      expect(detail.length).toBeLessThanOrEqual(200);
      expect(detail).toMatch(/^[^\p{Cc}\u2028\u2029]+$/u);
      expect(detail.isWellFormed()).toBe(true);
    }
  }
});

const everything = makeTable(
  [
    makeColumn('text', 'string', { optional: true, coerce: true }),
    makeColumn('json', 'string', { optional: true, json: true, source: at() }),
    makeColumn('long', 'long', { optional: true, coerce: true }),
    makeColumn('small', 'decimal(10,2)', { optional: true }),
    makeColumn('large', 'decimal(38,10)', { optional: true, coerce: true }),
    makeColumn('bytes', 'binary', { optional: true }),
    makeColumn('flag', 'boolean', { optional: true, coerce: true }),
    makeColumn('float', 'float', { optional: true, coerce: true }),
    makeColumn('byte', 'byte', { optional: true, coerce: true }),
    makeColumn('date', 'date', { optional: true }),
    makeColumn('local', 'timestamp_ntz', { optional: true }),
    makeColumn('iso', 'timestamp', { optional: true, time: { format: 'iso', zone: 'Europe/Berlin' } }),
    makeColumn('s', 'timestamp', { optional: true, time: { format: 'epoch-s', zone: undefined } }),
    makeColumn('ms', 'timestamp', { optional: true, time: { format: 'epoch-ms', zone: undefined } }),
    makeColumn('shared', 'double', { optional: true, source: { kind: 'message', paths: [[0, 'x'], ['x']] } }),
  ],
  { maxAhead: 0, nullText: ['NA'], partition: 'month', keepPayload: true },
);

const names = everything.columns.map(({ name }) => name);
const scalar = fc.oneof(
  fc.json({ maxDepth: 2 }),
  fc.double().map((value) => JSON.stringify(value)),
  fc.constantFrom(
    '1e999',
    '-0',
    '12345678901234567890',
    '0.1e-400',
    '"1e999999999"',
    '"\\ud800"',
    '"NA"',
    '""',
    '" 1 "',
  ),
  fc.constantFrom(
    '"2024-01-01T00:00:00Z"',
    '"2024-02-30"',
    '"9999-12-31T23:59:59-23:59"',
    '1718454600.25',
    '"AAA="',
  ),
  fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value)),
);
const object = fc
  .array(fc.tuple(fc.constantFrom(...names, '__proto__', 'constructor', 'x', 'length'), scalar), {
    maxLength: 20,
  })
  .map((members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`);
const payload = fc.oneof(
  object,
  fc.array(object).map((items) => `[${items.join(',')}]`),
  fc
    .tuple(fc.array(object), fc.constantFrom('', ' ', '\n', '\r\n', ','))
    .map(([items, between]) => items.join(between)),
  scalar,
  fc.string({ unit: 'binary' }),
);
const bytes = fc.oneof(
  payload.map((text) => Buffer.from(text)),
  fc.uint8Array(),
  fc.tuple(payload, fc.nat(), fc.nat(255)).map(([text, where, byte]) => {
    const damaged = Buffer.from(text);
    if (damaged.length > 0) damaged[where % damaged.length] = byte;
    return damaged;
  }),
);

/** Every row is sound, and every reading is a row or a failure. */
function check(table: Table, data: Uint8Array): void {
  const decoder = createTableDecoder(table, schemaOf(table));
  const into = decoder.newBatch(1);
  const { readings, failures } = decoder.decode(makeMessage(data), into);
  const batch = into.finish();
  for (const column of batch.columns) expect(column.values.length).toBe(batch.length);
  if (failures[0]?.index === -1) {
    expect([readings, failures.length, batch.length]).toEqual([0, 1, 0]);
    return;
  }
  const indices = batch.columns[decoder.schema.fields.findIndex(({ name }) => name === '_index')]!
    .values as Int32Array;
  const seen = [...indices, ...failures.map(({ index }) => index)].sort((a, b) => a - b);
  expect(seen).toEqual(Array.from({ length: readings }, (_, i) => i));
  for (const column of batch.columns) {
    if (column.kind === 'text')
      expect(column.values.every((value) => value?.isWellFormed() ?? true)).toBe(true);
    if (column.kind === 'float64' || column.kind === 'float32')
      expect(column.values.every(Number.isFinite)).toBe(true);
  }
}

test('no payload whatever throws, and each reading ends as a row or as a failure', () => {
  const nested = { ...everything, readings: { kind: 'at' as const, path: ['x'] } };
  fc.assert(
    fc.property(bytes, (data) => {
      check(everything, data);
      check(nested, data);
    }),
    { seed, numRuns: 3000 },
  );
});

test.each([
  ['brackets', '['.repeat(200_000) + ']'.repeat(200_000)],
  ['objects', '{"x":'.repeat(100_000) + '1' + '}'.repeat(100_000)],
  [
    'brackets around a number that needs its text',
    `{"long":9007199254740993,"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  ],
  ['objects one after another', '{"x":[{'.repeat(50_000)],
  [
    'long text for a number',
    JSON.stringify({ long: '9'.repeat(500_000), float: `${'1'.repeat(500_000)}x`, s: '1'.repeat(500_000) }),
  ],
])('%s without end are no danger', (_, text) => {
  check(everything, Buffer.from(text));
});

test('a message of 100,000 readings becomes 100,000 rows, whatever its bad ones', () => {
  const table = makeTable([makeColumn('v', 'long', { source: at() })], { keepPayload: true });
  const text = `[${Array.from({ length: 100_000 }, (_, i) => (i % 1000 === 7 ? '"x"' : i % 1000 === 8 ? '9007199254740993' : i)).join(',')}]`;
  const decoder = createTableDecoder(table, schemaOf(table));
  const into = decoder.newBatch();
  const { readings, failures } = decoder.decode(makeMessage(text), into);
  expect([readings, failures.length, into.length]).toEqual([100_000, 100, 99_900]);
  expect(failures[1]).toEqual({
    index: 1007,
    reason: 'wrong-type',
    column: 'v',
    detail: 'expected a whole number, received text "x"',
  });
  const [values] = into.finish().columns;
  expect(values?.values[7]).toBe(9007199254740993n);
});
