import { describe, expect, it } from 'vitest';
import { type DataType, field, struct } from '../../src/columns/types.ts';
import { commit } from '../../src/delta/commit.ts';
import { createTable } from '../../src/delta/create-table.ts';
import { evolveSchema } from '../../src/delta/schema-evolution.ts';
import { withSchema } from '../../src/delta/table-schema.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import { batchOf, createDeps, rowsOf } from '../support/delta-rig.ts';

const listOf = (elementType: DataType): DataType => ({ type: 'array', elementType, containsNull: true });
const mapOf = (valueType: DataType): DataType => ({
  type: 'map',
  keyType: 'string',
  valueType,
  valueContainsNull: true,
});
const one = (type: DataType) => struct([field('c', type)]);

describe('evolveSchema', () => {
  it('does nothing where the log has all that is wished, in whatever order', () => {
    const current = struct([field('a', 'long'), field('b', 'string'), field('further', 'date')]);
    expect(evolveSchema(current, struct([field('b', 'string'), field('a', 'long')]))).toEqual({
      kind: 'same',
    });
  });

  it('appends new columns, nested ones too', () => {
    const current = struct([
      field('a', 'long'),
      field('s', struct([field('x', 'long')])),
      field('l', listOf(struct([field('p', 'date')]))),
    ]);
    const wish = struct([
      field('new', 'double'),
      field('s', struct([field('y', 'string'), field('x', 'long')])),
      field('l', listOf(struct([field('q', 'date')]))),
    ]);
    expect(evolveSchema(current, wish)).toEqual({
      kind: 'evolved',
      schema: struct([
        field('a', 'long'),
        field('s', struct([field('x', 'long'), field('y', 'string')])),
        field('l', listOf(struct([field('p', 'date'), field('q', 'date')]))),
        field('new', 'double'),
      ]),
    });
  });

  it.each([
    ['byte', 'short'],
    ['byte', 'integer'],
    ['short', 'integer'],
  ] as const)('widens %s to %s, also inside lists and maps', (from, to) => {
    for (const wrap of [one, (type: DataType) => one(listOf(type)), (type: DataType) => one(mapOf(type))]) {
      expect(evolveSchema(wrap(from), wrap(to))).toEqual({ kind: 'evolved', schema: wrap(to) });
      expect(evolveSchema(wrap(to), wrap(from))).toEqual({ kind: 'same' });
    }
  });

  it.each<[DataType, DataType, string]>([
    ['integer', 'long', 'column c is integer in the table and cannot become long'],
    ['long', 'integer', 'column c is long in the table and cannot become integer'],
    ['float', 'double', 'column c is float in the table and cannot become double'],
    ['string', 'long', 'column c is string in the table and cannot become long'],
    ['decimal(5,2)', 'decimal(6,2)', 'column c is decimal(5,2) in the table and cannot become decimal(6,2)'],
    ['timestamp', 'date', 'column c is timestamp in the table and cannot become date'],
    ['string', listOf('string'), 'column c is string in the table and cannot become array<string>'],
    [listOf('long'), listOf('date'), 'column c.element is long in the table and cannot become date'],
    [mapOf('long'), mapOf('date'), 'column c.value is long in the table and cannot become date'],
    [one('long'), one('date'), 'column c.c is long in the table and cannot become date'],
    [
      one('long'),
      mapOf('long'),
      'column c is struct<c: long> in the table and cannot become map<string, long>',
    ],
  ])('refuses %j to become %j', (from, to, detail) => {
    expect(evolveSchema(one(from), one(to))).toEqual({ kind: 'refused', detail });
  });

  it('refuses names that differ by case only, and new columns that rows would have to have', () => {
    expect(evolveSchema(struct([field('Temp', 'long')]), struct([field('temp', 'long')]))).toMatchObject({
      kind: 'refused',
      detail: "column temp differs from the table's Temp by case only",
    });
    const required = struct([field('c', 'long'), { ...field('d', 'long'), nullable: false }]);
    expect(evolveSchema(one('long'), required)).toMatchObject({
      kind: 'refused',
      detail: expect.stringContaining('not nullable'),
    });
  });

  it('lets files from before and after be read together', async () => {
    const store = createMemoryStore();
    const deps = createDeps();
    const before = struct([field('n', 'byte'), field('s', struct([field('x', 'long')]))]);
    const after = struct([
      field('n', 'integer'),
      field('s', struct([field('x', 'long'), field('y', 'date')])),
      field('t', 'string'),
    ]);
    let state = await createTable(store, { schema: before, partitionColumns: [] }, deps);
    const rows = [
      [before, { n: -5, s: { x: 1n } }],
      [after, { n: 70_000, s: { x: 2n, y: 3 }, t: 'new' }],
    ] as const;
    for (const [schema, row] of rows) {
      const evolution = evolveSchema(state.schema, schema);
      const metadata =
        evolution.kind === 'evolved' ? { metadata: withSchema(state.metadata, evolution.schema) } : {};
      const adds = await writeFiles(store, batchOf(schema, [row]), { partitionColumns: [] }, deps);
      state = (
        await commit(store, { base: state, operation: 'WRITE', adds, ...metadata, reads: 'nothing' }, deps)
      ).state;
    }
    expect(await rowsOf(store)).toEqual([
      '{"n":-5,"s":{"x":1,"y":null},"t":null}',
      '{"n":70000,"s":{"x":2,"y":"1970-01-04"},"t":"new"}',
    ]);
  });
});
