import { describe, expect, it } from 'vitest';
import { field, struct } from '../../src/columns/types.ts';
import { athenaType, glueType } from '../../src/fleet/glue-type.ts';

describe('athenaType', () => {
  it.each([
    ['string', 'varchar'],
    ['integer', 'integer'],
    ['float', 'real'],
    ['binary', 'varbinary'],
    ['timestamp', 'timestamp(3)'],
    ['decimal(38,6)', 'decimal(38,6)'],
  ] as const)('spells %s as %s', (type, expected) => {
    expect(athenaType(type)).toBe(expected);
  });
});

describe('glueType', () => {
  it.each([
    ['string', 'string'],
    ['long', 'bigint'],
    ['integer', 'int'],
    ['short', 'smallint'],
    ['byte', 'tinyint'],
    ['double', 'double'],
    ['float', 'float'],
    ['boolean', 'boolean'],
    ['date', 'date'],
    ['timestamp', 'timestamp'],
    ['timestamp_ntz', 'timestamp'],
    ['binary', 'binary'],
    ['decimal(10,2)', 'decimal(10,2)'],
  ] as const)('spells %s as %s', (type, expected) => {
    expect(glueType(type)).toBe(expected);
  });

  it('spells nested types without blanks, as Hive parses them', () => {
    const point = struct([
      field('lat', 'double'),
      field('tags', { type: 'array', elementType: 'string', containsNull: true }),
    ]);
    expect(glueType({ type: 'map', keyType: 'string', valueType: point, valueContainsNull: true })).toBe(
      'map<string,struct<lat:double,tags:array<string>>>',
    );
  });
});
