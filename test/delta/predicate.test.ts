import { describe, expect, it } from 'vitest';
import { field, struct } from '../../src/columns/types.ts';
import { bindPredicate, type Predicate, predicateColumns } from '../../src/delta/predicate.ts';
import { matchingRows } from '../../src/delta/predicate-rows.ts';
import { batchOf } from '../support/delta-rig.ts';

const schema = struct([
  field('n', 'long'),
  field('s', 'string'),
  field('d', 'double'),
  field('l', { type: 'array', elementType: 'long', containsNull: true }),
]);
const rows = batchOf(schema, [
  { n: 1, s: 'a', d: 1.5, l: [1n] },
  { n: 2, s: null, d: Number.NaN },
  { n: null, s: '\u{1f600}', d: -0 },
  { n: 4, s: '\u{ffff}', d: null },
]);

describe('a predicate', () => {
  it.each<[Predicate, readonly number[]]>([
    [['n', '=', 1], [0]],
    [
      ['n', '!=', 1],
      [1, 3],
    ],
    [{ not: ['n', '=', 1] }, [1, 3]],
    [
      ['n', 'in', [1, 4n]],
      [0, 3],
    ],
    [{ not: ['n', 'in', [1]] }, [1, 3]],
    [['n', 'in', []], []],
    [{ not: ['n', 'in', []] }, [0, 1, 3]],
    [['n', 'is null'], [2]],
    [['l', 'is not null'], [0]],
    [
      ['d', '>', 1],
      [0, 1],
    ],
    [['d', '=', Number.NaN], [1]],
    [
      ['d', '>=', 0],
      [0, 1, 2],
    ],
    [['s', '>', '\u{ffff}'], [2]],
    [{ and: [] }, [0, 1, 2, 3]],
    [{ or: [] }, []],
    // unknown or true is true, unknown and false is false, and nothing else can be told
    [
      {
        or: [
          ['n', '>', 3],
          ['d', '<', 1],
        ],
      },
      [2, 3],
    ],
    [
      {
        not: {
          and: [
            ['n', '>', 3],
            ['s', '=', 'a'],
          ],
        },
      },
      [0, 1, 2, 3],
    ],
    [
      {
        not: {
          and: [
            ['n', '<', 9],
            ['d', '<', 1],
          ],
        },
      },
      [0, 1],
    ],
  ])('%o is true for rows %j', (predicate, expected) => {
    expect(Array.from(matchingRows(bindPredicate(predicate, schema), rows))).toEqual(expected);
  });

  it.each<[unknown, string]>([
    [['m', '=', 1], 'the table has no column m, but n, s, d, l'],
    [['n', '=', 'x'], 'column n: "x" is no long'],
    [['n', '=', null], 'nothing compares with null: ask for ["n", "is null"]'],
    [['n', 'in', [null]], 'nothing compares with null'],
    [['l', '=', [1]], 'column l is array<long>: it can be asked for null only'],
    [['n', '==', 1], 'is no predicate: write [column, "=", value]'],
    [['n', '='], 'is no predicate'],
    [['n', 'is null', true], 'is no predicate'],
    [['n', 'in', 1], 'is no predicate'],
    [{ and: ['n', '=', 1] }, 'is no predicate'],
    [{ and: [], or: [] }, 'is no predicate'],
    [{ xor: [] }, 'is no predicate'],
    [undefined, 'is no predicate'],
    ['n = 1', 'is no predicate'],
  ])('%o is refused', (predicate, message) => {
    expect(() => bindPredicate(predicate as Predicate, schema)).toThrow(message);
  });

  it('says which columns it looks at', () => {
    const bound = bindPredicate(
      {
        and: [
          ['n', '=', 1],
          {
            not: {
              or: [
                ['s', 'is null'],
                ['n', 'in', [2]],
              ],
            },
          },
        ],
      },
      schema,
    );
    expect(predicateColumns(bound)).toEqual(new Set(['n', 's']));
  });
});
