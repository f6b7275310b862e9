import { expect, test } from 'vitest';
import { createBatchBuilder } from '../../src/columns/builder.ts';
import { canonicalJson, canonicalText, csvLine, ndjsonRows, textRows } from '../../src/columns/canonical.ts';
import { type DataType, field, struct } from '../../src/columns/types.ts';

const point = struct([field('x', 'double'), field('at', 'timestamp'), field('gone', 'string')]);
const list: DataType = { type: 'array', elementType: 'decimal(20,3)', containsNull: true };
const map: DataType = { type: 'map', keyType: 'date', valueType: 'long', valueContainsNull: true };

test.each<[DataType, unknown, string]>([
  ['long', 9_223_372_036_854_775_807n, '9223372036854775807'],
  ['integer', -5, '-5'],
  ['double', 0.1, '0.1'],
  ['double', -0, '-0.0'],
  ['double', 1e300, '1e+300'],
  ['double', NaN, '"NaN"'],
  ['float', -Infinity, '"-Infinity"'],
  ['float', Math.fround(0.1), '0.10000000149011612'],
  ['boolean', false, 'false'],
  ['string', 'a"\n', '"a\\"\\n"'],
  ['date', 0, '"1970-01-01"'],
  ['date', -719_162, '"0001-01-01"'],
  ['date', 2_932_896, '"9999-12-31"'],
  ['date', 2_932_897, '"+010000-01-01"'],
  ['timestamp', 1_500_000_000_123_456n, '"2017-07-14T02:40:00.123456Z"'],
  ['timestamp', -1n, '"1969-12-31T23:59:59.999999Z"'],
  ['timestamp_ntz', 0n, '"1970-01-01T00:00:00.000000"'],
  ['decimal(10,2)', -5n, '-0.05'],
  ['decimal(10,2)', 123_450n, '1234.50'],
  ['decimal(38,0)', 10n ** 37n, '10000000000000000000000000000000000000'],
  ['binary', Uint8Array.of(0, 255), '"AP8="'],
  [list, [1n, null, -1500n], '[0.001,null,-1.500]'],
  [
    map,
    new Map([
      [1, 2n],
      [2, null],
    ] as [number, bigint | null][]),
    '{"1970-01-02":2,"1970-01-03":null}',
  ],
  [point, { at: 0n, x: 1 }, '{"x":1,"at":"1970-01-01T00:00:00.000000Z","gone":null}'],
  ['double', undefined, 'null'],
])('a %j of %s is %s in JSON', (type, value, text) => {
  expect(canonicalJson(type, value)).toBe(text);
  expect(() => JSON.parse(text) as unknown).not.toThrow();
});

test('the bare text of a value is that of its JSON without quotes', () => {
  expect(canonicalText('timestamp', 0n)).toBe('1970-01-01T00:00:00.000000Z');
  expect(canonicalText('double', NaN)).toBe('NaN');
  expect(canonicalText(list, [1n])).toBe('[0.001]');
});

test('rows are one line of JSON each, columns in the order of the schema, absent values null', () => {
  const rows = createBatchBuilder(
    struct([field('s', 'string'), field('ok', 'boolean'), field('l', 'long')]),
    2,
  );
  rows.appendRow({ l: 1, ok: true, s: 'x\u2028' });
  rows.appendRow({});
  const batch = rows.finish();
  expect([...ndjsonRows(batch)]).toEqual([
    '{"s":"x\u2028","ok":true,"l":1}',
    '{"s":null,"ok":null,"l":null}',
  ]);
  expect([...textRows(batch)]).toEqual([
    ['x\u2028', 'true', '1'],
    [undefined, undefined, undefined],
  ]);
});

test('a CSV cell is quoted where it must be; empty text is not null', () => {
  expect(csvLine(['a', undefined, '', 'b"c', 'd,e', 'f\ng'])).toBe('a,,"","b""c","d,e","f\ng"');
});
