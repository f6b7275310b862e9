import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Column } from '../../src/fleet/model.ts';
import { drawSeed } from '../support/seed.ts';
import { at, decodeValue, makeColumn } from './tables.ts';

const seed = drawSeed('types');
const wrong = 'wrong-type';
const range = 'out-of-range';

type Case = readonly [wish: Partial<Column>, json: string, expected: string];

const cases: Readonly<Record<string, readonly Case[]>> = {
  double: [
    [{}, '21.5', '21.5'],
    [{}, '-0', '-0.0'],
    [{}, '1e999', range],
    [{}, '-1e999', range],
    [{}, '"21.5"', wrong],
    [{}, 'true', wrong],
    [{}, '[1]', wrong],
    [{ coerce: true }, '" 21.5 "', '21.5'],
    [{ coerce: true }, '"+.5e1"', '5'],
    [{ coerce: true }, '"NaN"', wrong],
    [{ coerce: true }, '"Infinity"', wrong],
    [{ coerce: true }, '"1e999"', range],
    [{ coerce: true }, '"0x10"', wrong],
    [{ coerce: true }, '""', wrong],
    [{ coerce: true }, '"1,5"', wrong],
    [{ coerce: true }, 'true', wrong],
    [{ min: -90, max: 60 }, '60', '60'],
    [{ min: -90, max: 60 }, '60.01', range],
    [{ min: -90, max: 60 }, '-91', range],
  ],
  float: [
    [{}, '0.5', '0.5'],
    [{}, '1e39', range],
    [{ max: 1 }, '1.1', range],
    [{}, '"1"', wrong],
  ],
  integer: [
    [{}, '2147483647', '2147483647'],
    [{}, '2147483648', range],
    [{}, '-2147483649', range],
    [{}, '1.0', '1'],
    [{}, '1.5', wrong],
    [{}, '1e999', range],
    [{ coerce: true }, '"7"', '7'],
    [{ coerce: true }, '"7.5"', wrong],
    [{ min: 3 }, '2', range],
  ],
  short: [
    [{}, '32767', '32767'],
    [{}, '-32769', range],
  ],
  byte: [
    [{}, '-128', '-128'],
    [{}, '128', range],
  ],
  long: [
    [{}, '9007199254740991', '9007199254740991'],
    [{}, '9007199254740993', '9007199254740993'],
    [{}, '-9007199254740993', '-9007199254740993'],
    [{}, '9223372036854775807', '9223372036854775807'],
    [{}, '-9223372036854775808', '-9223372036854775808'],
    [{}, '9223372036854775808', range],
    [{}, '1e18', '1000000000000000000'],
    [{}, '1e30', range],
    [{}, '1e999', range],
    [{}, '9007199254740993.5', wrong],
    [{}, '1.5', wrong],
    [{}, '"1"', wrong],
    [{ coerce: true }, '" 9223372036854775807"', '9223372036854775807'],
    [{ coerce: true }, '"1.0"', '1'],
    [{ coerce: true }, '"x"', wrong],
    [{ coerce: true }, '"99999999999999999999"', range],
    [{ max: 10 }, '9223372036854775807', range],
    [{ max: 10 }, '11', range],
  ],
  boolean: [
    [{}, 'true', 'true'],
    [{}, 'false', 'false'],
    [{}, '1', wrong],
    [{}, '"true"', wrong],
    [{ coerce: true }, '1', 'true'],
    [{ coerce: true }, '0', 'false'],
    [{ coerce: true }, '2', wrong],
    [{ coerce: true }, '" True"', 'true'],
    [{ coerce: true }, '"0"', 'false'],
    [{ coerce: true }, '"yes"', wrong],
    [{ coerce: true }, '"constructor"', wrong],
  ],
  string: [
    [{}, '"a\\u0000b"', '"a\\u0000b"'],
    [{}, '"😀"', '"😀"'],
    [{}, '""', '""'],
    [{}, '5', wrong],
    [{}, '{}', wrong],
    [{}, '"\\ud800"', wrong],
    [{ coerce: true }, '5.50', '"5.5"'],
    [{ coerce: true }, '9007199254740993', '"9007199254740993"'],
    [{ coerce: true }, 'false', '"false"'],
    [{ coerce: true }, '[]', wrong],
    [{ json: true }, '{ "b": [1, null], "a": 1.50 }', JSON.stringify('{"b":[1,null],"a":1.5}')],
    [{ json: true }, '[9007199254740993, 1.50, 1e999]', JSON.stringify('[9007199254740993,1.5,1e999]')],
    [{ json: true }, '"x"', JSON.stringify('"x"')],
    [{ json: true }, '{"__proto__": {"a": 1}}', JSON.stringify('{"__proto__":{"a":1}}')],
    [{ json: true }, 'null', 'missing-column'],
    [{ json: true }, `${'['.repeat(50_000)}${']'.repeat(50_000)}`, wrong],
  ],
  date: [
    [{}, '"2024-02-29"', '"2024-02-29"'],
    [{}, '"20240229"', '"2024-02-29"'],
    [{}, '"0001-01-01"', '"0001-01-01"'],
    [{}, '"2023-02-29"', range],
    [{}, '"0000-01-01"', range],
    [{}, '"2024-02"', wrong],
    [{}, '"2024-0229"', wrong],
    [{}, '"2024-02-29T00:00:00Z"', wrong],
    [{}, '19782', wrong],
  ],
  'decimal(5,2)': [
    [{}, '1.1', '1.10'],
    [{}, '999.99', '999.99'],
    [{}, '-0.01', '-0.01'],
    [{}, '0.30000000000000004', wrong],
    [{}, '1.005', wrong],
    [{}, '1000', wrong],
    [{}, '"12.30"', '12.30'],
    [{}, '"12.300"', '12.30'],
    [{}, '"1e2"', '100.00'],
    [{}, '" 1"', wrong],
    [{ coerce: true }, '" 1 "', '1.00'],
    [{}, '"1e999999999"', wrong],
    [{}, '1e999', wrong],
    [{}, 'true', wrong],
    [{ max: 5 }, '5.01', range],
    [{ max: 5 }, '"5.01"', range],
  ],
  'decimal(18,2)': [
    [{}, '9999999999999999.99', '9999999999999999.99'],
    [{}, '1234567890123456.78', '1234567890123456.78'],
    [{}, '10000000000000000', wrong],
  ],
  'decimal(38,0)': [
    [{}, '12345678901234567890123456789012345678', '12345678901234567890123456789012345678'],
    [{}, '5', '5'],
    [{}, '1e37', '10000000000000000000000000000000000000'],
    [{}, '1e38', wrong],
  ],
  binary: [
    [{}, '"AP8="', '"AP8="'],
    [{}, '"AP8"', '"AP8="'],
    [{}, '"-_8="', '"+/8="'],
    [{}, '""', '""'],
    [{}, '"AP8=="', wrong],
    [{}, '"A"', wrong],
    [{}, '"A P8"', wrong],
    [{}, '5', wrong],
  ],
};

describe.each(Object.keys(cases))('%s', (type) => {
  test.each(cases[type]!)('%j of %s is %s', (wish, json, expected) => {
    expect(decodeValue(makeColumn('v', type as Column['type'], wish), json)).toBe(expected);
  });
});

test('an absent or null value is missing, or null where that is allowed', () => {
  const elsewhere = { source: at('w') };
  for (const wish of [{}, elsewhere]) {
    expect(decodeValue(makeColumn('v', 'double', wish), 'null')).toBe('missing-column');
    expect(decodeValue(makeColumn('v', 'double', { ...wish, optional: true }), 'null')).toBe('null');
  }
});

test('text that means null is null wherever a value is read', () => {
  const nullText = ['NA', ''];
  expect(decodeValue(makeColumn('v', 'double', { optional: true }), '"NA"', { nullText })).toBe('null');
  expect(decodeValue(makeColumn('v', 'string', { optional: true }), '""', { nullText })).toBe('null');
  expect(decodeValue(makeColumn('v', 'string', { optional: true }), '"N"', { nullText })).toBe('"N"');
  expect(decodeValue(makeColumn('v', 'long', { coerce: true }), '"NA"', { nullText })).toBe('missing-column');
});

const doubles = fc.double({ noNaN: true, noDefaultInfinity: true });
const digits = fc.stringMatching(/^-?[1-9]\d{0,17}$/);

test.each<[Column['type'], fc.Arbitrary<string>, (json: string) => string]>([
  ['double', doubles.map((value) => (Object.is(value, -0) ? '-0.0' : String(value))), (json) => json],
  ['string', fc.string({ unit: 'grapheme' }).map((value) => JSON.stringify(value)), (json) => json],
  ['long', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String), (json) => json],
  ['integer', fc.integer().map(String), (json) => json],
  ['boolean', fc.boolean().map(String), (json) => json],
  [
    'binary',
    fc.uint8Array().map((bytes) => JSON.stringify(Buffer.from(bytes).toString('base64'))),
    (json) => json,
  ],
  ['decimal(18,0)', digits, (json) => json],
  ['decimal(38,20)', digits.map((text) => `"${text}.00000000000000000001"`), (json) => json.slice(1, -1)],
])('every %s comes back from its JSON', (type, arbitrary, expected) => {
  fc.assert(
    fc.property(arbitrary, (json) => {
      expect(decodeValue(makeColumn('v', type), json)).toBe(expected(json));
    }),
    { seed, numRuns: 500 },
  );
});

test('a decimal keeps all of the 15 digits that a number is sure to have, or is refused', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^(0|[1-9]\d{0,6})\.\d{1,8}$/), (text) => {
      const [whole = '', fraction = ''] = text.split('.');
      const kept = fraction.replace(/0+$/, '');
      const expected = kept.length > 6 ? wrong : `${whole}.${kept.padEnd(6, '0')}`;
      expect(decodeValue(makeColumn('v', 'decimal(18,6)'), text)).toBe(expected);
    }),
    { seed, numRuns: 2000 },
  );
});
