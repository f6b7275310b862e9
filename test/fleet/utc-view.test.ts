import { expect, it } from 'vitest';
import { field, struct } from '../../src/columns/types.ts';
import { utcView } from '../../src/fleet/index.ts';

const schema = struct([
  field('at', 'timestamp'),
  field('n', 'long'),
  field('bytes', 'binary'),
  field('list', { type: 'array', elementType: 'long', containsNull: true }),
  field('cost', 'decimal(10,2)'),
]);

it('a view in UTC has times without a zone, and neither bytes nor nested columns', () => {
  expect(utcView({ name: 'pumps_daily', schema })).toEqual({
    name: 'pumps_daily_utc',
    sql: `SELECT CAST("at" AT TIME ZONE 'UTC' AS timestamp(3)) AS "at", "n", "cost" FROM "pumps_daily"`,
    schema: struct([field('at', 'timestamp_ntz'), field('n', 'long'), field('cost', 'decimal(10,2)')]),
  });
});

it('a view in UTC shows the current rows where a table has a view of these', () => {
  const { name, sql } = utcView({ name: 'pumps_readings', schema, view: { name: 'pumps_readings_current' } });
  expect(name).toBe('pumps_readings_utc');
  expect(sql).toMatch(/ FROM "pumps_readings_current"$/);
});
