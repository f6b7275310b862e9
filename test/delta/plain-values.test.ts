import { describe, expect, it } from 'vitest';
import { canonicalJson, canonicalValue } from '../../src/columns/canonical.ts';
import { type DataType, field, struct } from '../../src/columns/types.ts';
import { fromPlain, structOf, toPlain } from '../../src/delta/plain-values.ts';
import { everyType, randomBatch } from '../support/random-rows.ts';
import { drawSeed, seededRandom } from '../support/seed.ts';

const listOf = (elementType: DataType, containsNull = true): DataType => ({
  type: 'array',
  elementType,
  containsNull,
});
const mapOf = (keyType: DataType, valueType: DataType): DataType => ({
  type: 'map',
  keyType,
  valueType,
  valueContainsNull: true,
});

describe('values as people write them', () => {
  it.each<[DataType, unknown, unknown]>([
    ['string', 'é\ud800', 'é\ufffd'],
    ['byte', -128, -128],
    ['short', 32_767n, 32_767],
    ['long', 5, 5n],
    ['long', -9_223_372_036_854_775_808n, -9_223_372_036_854_775_808n],
    ['double', Number.NaN, Number.NaN],
    ['float', 0.1, Math.fround(0.1)],
    ['date', '2024-02-29', 19_782],
    ['date', new Date('1969-12-31'), -1],
    ['date', '10000-01-01', 2_932_897],
    ['timestamp', new Date(1), 1_000n],
    ['timestamp', '1970-01-01T01:00:00.000001+01:00', 1n],
    ['timestamp', '1969-12-31 23:59Z', -60_000_000n],
    ['timestamp_ntz', '1970-01-01T00:00:01', 1_000_000n],
    ['decimal(5,2)', '-1.5', -150n],
    ['decimal(5,2)', 0.1, 10n],
    ['decimal(5,2)', 999n, 99_900n],
    [
      'decimal(38,10)',
      '1234567890123456789012345678.0123456789',
      12_345_678_901_234_567_890_123_456_780_123_456_789n,
    ],
    [listOf('long'), [1, null, 2n], [1n, null, 2n]],
    [mapOf('string', 'date'), { a: '1970-01-02' }, new Map([['a', 1]])],
    [mapOf('long', 'string'), new Map([[1, 'x']]), new Map([[1n, 'x']])],
    [struct([field('x', 'long'), field('y', 'string')]), { x: 1 }, { x: 1n, y: null }],
    ['binary', Uint8Array.of(1), Uint8Array.of(1)],
    ['long', undefined, null],
  ])('%j takes %o', (type, value, canonical) => {
    expect(fromPlain(type, value, 'c')).toEqual(canonical);
  });

  it.each<[DataType, unknown, string]>([
    ['string', 5, 'column c: number 5 is no string: give a string'],
    ['byte', 128, 'column c: number 128 is no byte: give a whole number from -128 to 127'],
    ['integer', 1.5, 'number 1.5 is no integer'],
    ['long', 2 ** 53, 'is no long: give a bigint of 64 bits'],
    ['long', 2n ** 63n, '9223372036854775808n is no long'],
    ['double', '1', '"1" is no double: give a number'],
    ['boolean', 1, 'is no boolean: give true or false'],
    ['date', '2023-02-29', '"2023-02-29" is no date'],
    ['date', new Date(1), 'Date 1970-01-01T00:00:00.001Z is no date'],
    ['timestamp', '2024-01-01T00:00:00', 'with a zone and at most six digits'],
    ['timestamp', '2024-01-01T24:00:00Z', 'is no timestamp'],
    ['timestamp', '2024-01-01T00:00:00.0000001Z', 'is no timestamp'],
    ['timestamp', new Date(Number.NaN), 'an invalid Date is no timestamp'],
    ['timestamp', 1_700_000_000_000, 'is no timestamp'],
    ['timestamp_ntz', '1970-01-01T00:00:01Z', 'without a zone'],
    ['decimal(5,2)', 1000, "is no decimal(5,2): give text such as '12.34'"],
    ['decimal(5,2)', '0.001', 'is no decimal(5,2)'],
    ['decimal(5,2)', 1e-7, 'is no decimal(5,2)'],
    ['binary', 'AQ==', 'give a Uint8Array'],
    [listOf('long', false), [null], 'column c takes no null'],
    [listOf('long'), ['x'], 'column c.element: "x" is no long'],
    [mapOf('long', 'string'), { 1: 'x' }, 'column c.key: "1" is no long'],
    [struct([field('x', 'long')]), { y: 1 }, 'no column c.y in the table, but x'],
    [struct([field('x', 'long')]), [1], 'an array is no struct<x: long>: give an object'],
  ])('%j refuses %o', (type, value, message) => {
    expect(() => fromPlain(type, value, 'c')).toThrow(message);
  });

  it('come back as they can be given again, in every type', () => {
    const seed = drawSeed('plain values');
    const random = seededRandom(seed);
    const batch = randomBatch(everyType, 200, random, { wild: true, nulls: 0.2 });
    for (const [i, { name, type }] of everyType.fields.entries()) {
      for (let row = 0; row < batch.length; row++) {
        const canonical = canonicalValue(batch.columns[i]!, row);
        const back = fromPlain(type, toPlain(type, canonical), name);
        expect(canonicalJson(type, back), `seed ${seed}: ${name}`).toBe(canonicalJson(type, canonical));
      }
    }
  });

  it('may name columns that objects have from elsewhere', () => {
    const schema = struct([field('toString', 'string'), field('x', 'long')]);
    expect(structOf(schema, { x: 1 }, '')).toEqual({ toString: null, x: 1n });
  });
});
