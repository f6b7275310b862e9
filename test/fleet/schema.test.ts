import { expect, it } from 'vitest';
import {
  avg,
  count,
  decimal,
  defineFleet,
  double,
  first,
  float,
  integer,
  max,
  p99,
  partitionColumns,
  rollup,
  rollupSchema,
  stddev,
  sum,
  table,
  tableSchema,
  text,
  timestamp,
  topicLevel,
} from '../../src/fleet/index.ts';

const fleet = defineFleet({
  name: 'pumps',
  tables: {
    readings: table({
      topic: 'pumps/{pump}',
      device: topicLevel('pump'),
      columns: { pump: text(), at: timestamp(), x: double(), f: float(), i: integer(), d: decimal(8, 3) },
      eventTime: 'at',
      keepPayload: true,
    }),
    crumbs: table({
      topic: 'crumbs/{pump}',
      device: topicLevel('pump'),
      columns: { pump: text() },
      partition: 'none',
    }),
  },
  rollups: {
    gold: rollup('readings', {
      every: '1 day',
      by: ['pump'],
      measures: {
        n: count(),
        sum_x: sum('x'),
        sum_f: sum('f'),
        sum_i: sum('i'),
        sum_d: sum('d'),
        avg_i: avg('i'),
        stddev_i: stddev('i'),
        max_d: max('d'),
        first_at: first('at'),
        p99_i: p99('i'),
      },
    }),
  },
});
const types = (schema: ReturnType<typeof tableSchema>) =>
  schema.fields.map(({ name, type }) => `${name} ${String(type)}`);

it('a raw table has its own columns, the payload, the origin and the partition', () => {
  expect(types(tableSchema(fleet.tables['readings']!))).toEqual([
    'pump string',
    'at timestamp',
    'x double',
    'f float',
    'i integer',
    'd decimal(8,3)',
    '_payload binary',
    '_topic string',
    '_arrived_at timestamp',
    '_stream string',
    '_shard string',
    '_position string',
    '_index integer',
    '_date date',
  ]);
  expect(types(tableSchema(fleet.tables['crumbs']!)).slice(-2)).toEqual([
    '_position string',
    '_index integer',
  ]);
  expect(partitionColumns(fleet.tables['crumbs']!)).toEqual([]);
});

it('a rollup has its window, groups, measures by type, what it was made from, and the partition', () => {
  expect(types(rollupSchema(fleet.rollups['gold']!, fleet.tables['readings']!))).toEqual([
    'window_start timestamp',
    'window_end timestamp',
    'pump string',
    'n long',
    'sum_x double',
    'sum_f double',
    'sum_i long',
    'sum_d decimal(38,3)',
    'avg_i double',
    'stddev_i double',
    'max_d decimal(8,3)',
    'first_at timestamp',
    'p99_i integer',
    'as_of timestamp',
    'final boolean',
    '_month date',
  ]);
});
