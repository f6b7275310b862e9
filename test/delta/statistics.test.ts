import { describe, expect, it } from 'vitest';
import { canonicalValue } from '../../src/columns/canonical.ts';
import { sliceRows } from '../../src/columns/select.ts';
import { type DataType, field, struct } from '../../src/columns/types.ts';
import { encodeParquet } from '../../src/parquet/encode-parquet.ts';
import { collectStatistics, formatStatistics, mergeStatistics } from '../../src/delta/statistics.ts';
import { batchOf } from '../support/delta-rig.ts';
import { everyType, randomBatch } from '../support/random-rows.ts';
import { drawSeed, seededRandom } from '../support/seed.ts';

/** The statistics text of one column `c` with those values. */
function statisticsOf(type: DataType, values: readonly unknown[]): string {
  const batch = batchOf(
    struct([field('c', type)]),
    values.map((c) => ({ c })),
  );
  const statistics = formatStatistics(collectStatistics(batch, encodeParquet(batch).summaries));
  expect(statistics).toBe(formatStatistics(collectStatistics(batch, [])));
  // parts add up to the whole
  for (const cut of values.keys()) {
    const parts = [sliceRows(batch, 0, cut), sliceRows(batch, cut, batch.length)] as const;
    const [a, b] = parts.map((part) => collectStatistics(part, encodeParquet(part).summaries));
    expect(formatStatistics(mergeStatistics(a!, b!)), `cut before row ${cut}`).toBe(statistics);
  }
  return statistics;
}

/** min and max as they stand in the text; undefined where left out. */
function boundsOf(type: DataType, values: readonly unknown[]): [min: unknown, max: unknown] {
  const { minValues, maxValues } = JSON.parse(statisticsOf(type, values)) as Record<
    string,
    Record<string, unknown>
  >;
  return [minValues!['c'], maxValues!['c']];
}

const HIGHEST = '\u{10ffff}';

describe('statistics', () => {
  it('say all of a file in one JSON text', () => {
    expect(statisticsOf('integer', [3, null, -1])).toBe(
      '{"numRecords":3,"minValues":{"c":-1},"maxValues":{"c":3},"nullCount":{"c":1}}',
    );
    expect(statisticsOf('integer', [null])).toBe(
      '{"numRecords":1,"minValues":{},"maxValues":{},"nullCount":{"c":1}}',
    );
  });

  it('keep every digit of longs and decimals', () => {
    expect(statisticsOf('long', [9_007_199_254_740_993n, -9_223_372_036_854_775_808n])).toContain(
      '"minValues":{"c":-9223372036854775808},"maxValues":{"c":9007199254740993}',
    );
    expect(statisticsOf('decimal(38,10)', [12_345_678_901_234_567_890_123_456_789n, -5n])).toContain(
      '"minValues":{"c":-0.0000000005},"maxValues":{"c":1234567890123456789.0123456789}',
    );
    expect(statisticsOf('decimal(5,2)', [-1n, 100n])).toContain(
      '"minValues":{"c":-0.01},"maxValues":{"c":1.00}',
    );
  });

  it('write times in milliseconds, and leave out a maximum that has more', () => {
    const [min, max] = [1_700_000_000_123_000n, 1_700_000_000_124_000n];
    expect(boundsOf('timestamp', [max, min])).toEqual([
      '2023-11-14T22:13:20.123Z',
      '2023-11-14T22:13:20.124Z',
    ]);
    expect(boundsOf('timestamp', [min + 5n, max + 5n])).toEqual(['2023-11-14T22:13:20.123Z', undefined]);
    expect(boundsOf('timestamp', [-1_500n, 0n])).toEqual([
      '1969-12-31T23:59:59.998Z',
      '1970-01-01T00:00:00.000Z',
    ]);
    expect(boundsOf('date', [-1, 15_706])).toEqual(['1969-12-31', '2013-01-01']);
    expect(boundsOf('date', [-800_000, 3_000_000])).toEqual([undefined, undefined]);
  });

  it('leave out bounds of floats among which one is no number, and hold for both zeros', () => {
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(boundsOf('double', [1, odd, 2])).toEqual([undefined, undefined]);
    }
    expect(statisticsOf('double', [0])).toContain('"minValues":{"c":-0.0},"maxValues":{"c":0}');
    expect(statisticsOf('double', [-0, -0])).toContain('"minValues":{"c":-0.0},"maxValues":{"c":0}');
    expect(boundsOf('float', [Math.fround(0.1), 1e21])).toEqual([Math.fround(0.1), Math.fround(1e21)]);
  });

  it('cut text to 32 characters, with a tie-breaker above it', () => {
    const long = `${'x'.repeat(31)}\u{1f600}`;
    expect(boundsOf('string', [long])).toEqual([long, long]);
    expect(boundsOf('string', [`${long}y`])).toEqual([long, long + HIGHEST]);
    expect(boundsOf('string', [`${long}${HIGHEST}z`])).toEqual([long, undefined]);
    expect(boundsOf('string', ['', 'a'])).toEqual(['', 'a']);
  });

  it('order text by its bytes in UTF-8, not by UTF-16 units', () => {
    expect(boundsOf('string', ['\u{1f600}', '\u{ffff}', 'a'])).toEqual(['a', '\u{1f600}']);
    // a lone surrogate is written as U+FFFD
    expect(boundsOf('string', ['\ud800', '\u{e000}'])).toEqual(['\u{e000}', '\u{fffd}']);
  });

  it('have no bounds for what has no order, and count its nulls', () => {
    for (const [type, value] of [
      ['binary', Buffer.from('a')],
      ['boolean', true],
    ] as const) {
      expect(statisticsOf(type, [value, null])).toBe(
        '{"numRecords":2,"minValues":{},"maxValues":{},"nullCount":{"c":1}}',
      );
    }
    const list = { type: 'array', elementType: 'long', containsNull: true } as const;
    expect(statisticsOf(list, [[1n], null])).toContain('"minValues":{},"maxValues":{},"nullCount":{"c":1}');
  });

  it('mirror structs', () => {
    const type = struct([field('x', 'integer'), field('y', struct([field('z', 'string')]))]);
    const values = [{ x: 1, y: { z: 'b' } }, { x: null, y: { z: 'a' } }, null, { x: 5, y: null }];
    expect(statisticsOf(type, values)).toBe(
      '{"numRecords":4,"minValues":{"c":{"x":1,"y":{"z":"a"}}},"maxValues":{"c":{"x":5,"y":{"z":"b"}}},' +
        '"nullCount":{"c":{"x":2,"y":{"z":2}}}}',
    );
  });

  it('bound every value of random files', () => {
    const seed = drawSeed('statistics');
    const random = seededRandom(seed);
    const flat = struct(everyType.fields.filter(({ type }) => typeof type === 'string'));
    for (let i = 0; i < 200; i++) {
      const batch = randomBatch(flat, 1 + Math.floor(random() * 30), random, { wild: i % 2 === 0 });
      const { minValues, maxValues, nullCount } = JSON.parse(
        formatStatistics(collectStatistics(batch, [])),
      ) as Record<string, Record<string, unknown>>;
      flat.fields.forEach(({ name, type }, c) => {
        const column = batch.columns[c]!;
        let nulls = 0;
        for (let row = 0; row < batch.length; row++) {
          const value = canonicalValue(column, row);
          if (value === undefined) nulls++;
          else if (type === 'string') {
            const bytes = Buffer.from(value as string);
            const [min, max] = [minValues![name], maxValues![name]];
            const what = `seed ${seed}: ${JSON.stringify(value)} in ${JSON.stringify([min, max])}`;
            expect(Buffer.compare(Buffer.from(min as string), bytes), what).toBeLessThanOrEqual(0);
            if (max !== undefined)
              expect(Buffer.compare(Buffer.from(max as string), bytes), what).toBeGreaterThanOrEqual(0);
          } else if (typeof value === 'number' && minValues![name] !== undefined && type !== 'date') {
            expect(minValues![name], `seed ${seed}: ${name}`).toBeLessThanOrEqual(value);
            expect(maxValues![name], `seed ${seed}: ${name}`).toBeGreaterThanOrEqual(value);
          }
        }
        expect(nullCount![name], `seed ${seed}: ${name}`).toBe(nulls);
      });
    }
  });
});
