import { describe, expect, test } from 'vitest';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import { parseOnce } from '../../src/decode/payload.ts';
import type { Column, Table } from '../../src/fleet/model.ts';
import { ARRIVED_AT, at, decodePayload, makeColumn, makeMessage, makeTable, schemaOf } from './tables.ts';

type Row = Readonly<Record<string, unknown>>;

function decodeRows(table: Table, payload: string | Uint8Array, only?: ReadonlySet<number>) {
  const { rows, failures, readings } = decodePayload(table, payload, {}, only);
  return { rows: rows.map((row) => JSON.parse(row) as Row), failures, readings };
}

const value = makeColumn('v', 'double');
const simple = makeTable([value]);

/** The values of column `v` by reading, or the reason for which it failed. */
function outcomes(table: Table, payload: string): unknown[] {
  const { rows, failures, readings } = decodeRows(table, payload);
  if (failures[0]?.index === -1) return [failures[0].reason];
  const found: unknown[] = Array.from({ length: readings }, () => 'lost');
  for (const row of rows) found[row['_index'] as number] = row['v'];
  for (const { index, reason } of failures) found[index] = reason;
  return found;
}

describe('the readings of a message', () => {
  test.each([
    ['{"v":1}', [1]],
    ['\ufeff{"v":1}', [1]],
    [' \n{"v":1}\r\n ', [1]],
    ['{"v":1,"v":2}', [2]],
    ['[{"v":1},{"v":"x"},{"v":3}]', [1, 'wrong-type', 3]],
    ['[{"v":1},5,null,[]]', [1, 'missing-column', 'missing-column', 'missing-column']],
    ['{"v":1}{"v":2}', [1, 2]],
    ['{"v":1} {"v":2}\n\n{"v":3}', [1, 2, 3]],
    ['{"v":1}\n{"v":2}\n', [1, 2]],
    ['{\n"v": 1\n}\n{\n"v": 2\n}', [1, 2]],
    ['{"v":1,"s":"}{\\"]"}{"v":2}', [1, 2]],
    ['{"v":1}\n{"v":\n{"v":3}', [1, 'not-json', 3]],
    ['{"v":1}\r\n{"v":2', [1, 'not-json']],
    ['{"v":1}\n[{"v":2}]', [1, 'missing-column']],
    ['{"v":1}\nnull\n7', [1, 'missing-column', 'missing-column']],
    ['{"v":1}\nnope', ['not-json']],
    ['{"v":1}{"v":2', ['not-json']],
    ['{"v":1},{"v":2}', ['not-json']],
    ['[\n{"v":1},\n{"v":2}\n', ['not-json']],
    ['{"v":1', ['not-json']],
    ['[]', ['no-reading']],
    ['', ['not-json']],
    ['NaN', ['not-json']],
  ])('%j', (payload, expected) => {
    expect(outcomes(simple, payload)).toEqual(expected);
  });

  const nested = makeTable([value], { readings: { kind: 'at', path: ['data', 'items'] } });
  test.each([
    ['{"data":{"items":[{"v":1},{"v":2}]}}', [1, 2]],
    ['{"data":{"items":[]}}', ['no-reading']],
    ['{"data":{"items":{"v":1}}}', ['no-reading']],
    ['{"data":null}', ['no-reading']],
    ['{"data":{"items":[{"v":1}]}}\n{"data":{"items":[{},{"v":3}]}}', [1, 'missing-column', 3]],
    ['{"data":{"items":[{"v":1}]}}\n{"data":{}}\n{"v":\n{"data":{"items":[{"v":2}]}}', [1, 'not-json', 2]],
  ])('%j at a path', (payload, expected) => {
    expect(outcomes(nested, payload)).toEqual(expected);
  });

  test('a column reads the whole message, or another field, or its topic', () => {
    const table = makeTable(
      [
        makeColumn('v', 'long', { source: at('a', 1) }),
        makeColumn('unit', 'string', { source: { kind: 'message', paths: [['meta', 'unit']] } }),
        makeColumn('big', 'long', { source: { kind: 'message', paths: [['meta', 'big']] } }),
        makeColumn('alt', 'double', { source: { kind: 'reading', paths: [['x'], ['y', 'z']] } }),
        makeColumn('device', 'string', { source: { kind: 'topicLevel', name: 'device' } }),
        makeColumn('arrived', 'timestamp', { source: { kind: 'arrival' } }),
      ],
      { readings: { kind: 'at', path: ['items'] } },
    );
    const items = '[{"a":[0,9007199254740993],"x":null,"y":{"z":2}},{"a":[0,5],"x":1}]';
    const { rows, failures } = decodePayload(
      table,
      `{"meta":{"unit":"C","big":9007199254740995},"items":${items}}`,
    );
    expect(failures).toEqual([]);
    expect(rows.map((row) => row.slice(0, row.indexOf(',"_topic"')))).toEqual([
      '{"v":9007199254740993,"unit":"C","big":9007199254740995,"alt":2,"device":"d1","arrived":"2024-06-15T12:30:00.250000Z"',
      '{"v":5,"unit":"C","big":9007199254740995,"alt":1,"device":"d1","arrived":"2024-06-15T12:30:00.250000Z"',
    ]);
  });

  test('a number of the topic is a number', () => {
    const table = makeTable([makeColumn('v', 'integer', { source: { kind: 'topicLevel', name: 'line' } })]);
    const decode = (line: string) => decodePayload(table, '{}', { levels: { line } });
    expect(decode('7').rows[0]).toContain('{"v":7,');
    expect(decode('x').failures[0]).toMatchObject({ reason: 'wrong-type', column: 'v' });
  });

  test.each([
    ['23', false, [23]],
    ['23.5\n24', false, [23.5, 24]],
    ['"23"', true, [23]],
    ['[1,"x"]', false, [1, 'wrong-type']],
    ['null', false, ['missing-column']],
  ])('the bare scalar %s is a reading itself', (payload, coerce, expected) => {
    expect(outcomes(makeTable([makeColumn('v', 'double', { source: at(), coerce })]), payload)).toEqual(
      expected,
    );
  });

  test.each<[Column['source'], string]>([
    [at('constructor'), '{}'],
    [at('__proto__'), '{}'],
    [at('a', 'length'), '{"a":[1,2]}'],
    [at('a', 'length'), '{"a":"xy"}'],
    [at('a', '0'), '{"a":[1]}'],
    [at('a', 0), '{"a":"5"}'],
    [at('a', 'b'), '{"a":null}'],
    [at('a', 'sub'), '{"a":"x"}'],
  ])('%j finds nothing in %s', (source, payload) => {
    expect(outcomes(makeTable([{ ...value, source }]), payload)).toEqual(['missing-column']);
  });

  test.each<[Column['source'], string]>([
    [at('constructor'), '{"constructor":5}'],
    [at('__proto__'), '{"__proto__":5}'],
    [at('a', 0), '{"a":[5]}'],
    [at('a', 0), '{"a":{"0":5}}'],
    [at('a', '0'), '{"a":{"0":5}}'],
    [at('a', 'length'), '{"a":{"length":5}}'],
  ])('%j finds 5 in %s', (source, payload) => {
    expect(outcomes(makeTable([{ ...value, source }]), payload)).toEqual([5]);
  });
});

describe('a row', () => {
  const table = makeTable([makeColumn('t', 'timestamp'), makeColumn('v', 'double', { optional: true })], {
    eventTime: 't',
    keepPayload: true,
  });

  test('carries its origin, its payload and its day', () => {
    const payload = '{"t":"2024-02-29T23:59:59.999Z"}';
    expect(decodeRows(table, payload).rows).toEqual([
      {
        t: '2024-02-29T23:59:59.999000Z',
        v: null,
        _payload: Buffer.from(payload).toString('base64'),
        _topic: 'test/d1',
        _arrived_at: '2024-06-15T12:30:00.250000Z',
        _stream: 'sqlite/s1',
        _shard: 'shardId-000000000000',
        _position: '0000000000000000007',
        _index: 0,
        _date: '2024-02-29',
      },
    ]);
  });

  test.each([
    ['2024-03-31T23:59:59.999Z', '2024-03-01'],
    ['2024-04-01T00:00:00Z', '2024-04-01'],
    ['1969-12-31T23:59:59Z', '1969-12-01'],
    ['0001-01-01T00:00:00Z', '0001-01-01'],
  ])('of %s lies in the month %s', (t, month) => {
    expect(decodeRows({ ...table, partition: 'month' }, JSON.stringify({ t })).rows[0]?.['_month']).toBe(
      month,
    );
  });

  test('of an unpartitioned table has no partition; without an event time the arrival counts', () => {
    const { rows } = decodeRows({ ...simple, partition: 'none' }, '{"v":1}');
    expect(Object.keys(rows[0]!).at(-1)).toBe('_index');
    expect(decodeRows(simple, '{"v":1}').rows[0]?.['_date']).toBe('2024-06-15');
  });

  test('keeps the payload only where it is the first good one of the message', () => {
    const payload = '[{},{"t":"2024-01-01T00:00:00Z"},{"t":"2024-01-01T00:00:01Z"}]';
    const { rows } = decodeRows(table, payload);
    expect(rows.map((row) => row['_payload'])).toEqual([Buffer.from(payload).toString('base64'), null]);
  });

  test('needs its event time, even where the column may be null', () => {
    const optional = { ...table, columns: table.columns.map((column) => ({ ...column, optional: true })) };
    expect(decodeRows(optional, '{"v":1}').failures).toEqual([
      {
        index: 0,
        reason: 'missing-column',
        column: 't',
        detail: 'expected a value at t, received nothing or null',
      },
    ]);
  });

  test('never takes over what a failed reading left', () => {
    const half = makeTable([makeColumn('a', 'string', { optional: true }), makeColumn('b', 'double')]);
    const { rows } = decodeRows(half, '[{"a":"left","b":"x"},{"b":1},{"b":"x"},{"a":"own","b":2}]');
    expect(rows.map(({ a, b }) => [a, b])).toEqual([
      [null, 1],
      ['own', 2],
    ]);
  });
});

describe('a retry of some readings', () => {
  const table = makeTable([value], { keepPayload: true });
  const payload = '[{"v":0},{"v":1},{},{"v":3}]';

  test('decodes those only, under their own numbers', () => {
    const { rows, failures, readings } = decodeRows(table, payload, new Set([1, 2]));
    expect(readings).toBe(4);
    expect(rows.map((row) => [row['_index'], row['v'], row['_payload']])).toEqual([[1, 1, null]]);
    expect(failures.map(({ index }) => index)).toEqual([2]);
  });

  test('of all readings keeps the payload', () => {
    const { rows } = decodeRows(table, payload, new Set([0, 1, 2, 3]));
    expect(rows.map((row) => row['_payload'] !== null)).toEqual([true, false, false]);
  });

  test('leaves broken lines alone that it was not asked for', () => {
    expect(decodeRows(table, '{"v":1}\n{"v":', new Set([0])).failures).toEqual([]);
    expect(decodeRows(table, '{"v":1}\n{"v":', new Set([1])).failures).toMatchObject([
      { index: 1, reason: 'not-json' },
    ]);
  });
});

test('a payload parsed once serves several tables, and is left as it was', () => {
  const message = makeMessage('[{"v":9007199254740993},{"v":2}]');
  const parse = parseOnce(message.payload);
  const before = structuredClone(parse());
  for (const type of ['long', 'double'] as const) {
    const table = makeTable([makeColumn('v', type)]);
    const decoder = createTableDecoder(table, schemaOf(table));
    const into = decoder.newBatch();
    expect(decoder.decode(message, into, undefined, parse).failures).toEqual([]);
    expect(Number(into.finish().columns[0]?.values[0])).toBe(2 ** 53);
  }
  expect(parse()).toEqual(before);
});

test('the same message always gives the same rows, whatever was decoded before', () => {
  const table = makeTable([makeColumn('t', 'timestamp'), makeColumn('v', 'long')], {
    eventTime: 't',
    maxAhead: 1000,
  });
  const decoder = createTableDecoder(table, schemaOf(table));
  const payloads = [
    JSON.stringify({ t: new Date(ARRIVED_AT).toISOString(), v: 1 }),
    '{"t":"2024-01-01T00:00:00Z","v":9007199254740993}',
    '{"t":"2999-01-01T00:00:00Z","v":1}',
    '{bad',
  ];
  const decode = (payload: string) => {
    const into = decoder.newBatch();
    const { failures } = decoder.decode(makeMessage(payload), into);
    return { failures, columns: into.finish().columns };
  };
  const first = payloads.map(decode);
  expect(payloads.toReversed().map(decode)).toEqual(first.toReversed());
});

test('a schema that is not the definition’s is refused', () => {
  const schema = schemaOf(simple);
  expect(() => createTableDecoder(makeTable([makeColumn('w', 'double')]), schema)).toThrow(
    'column w stands elsewhere',
  );
  expect(() => createTableDecoder({ ...simple, eventTime: 'x' }, schema)).toThrow(
    'no column x to be the event time',
  );
  expect(() => createTableDecoder({ ...simple, partition: 'month' }, schema)).toThrow(
    'needs a int32 column _month',
  );
});
