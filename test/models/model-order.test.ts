import { describe, expect, it } from 'vitest';
import {
  byEventTime,
  byNeighbours,
  byOverlap,
  count,
  defineFleet,
  defineModel,
  double,
  rollup,
  table,
  text,
  timestamp,
  topicLevel,
} from '../../src/fleet/index.ts';
import { orderModels } from '../../src/models/model-order.ts';

type Options = Parameters<typeof defineModel>[1];

/** A fleet of mills whose models are these SELECTs. */
function mills(models: Readonly<Record<string, string | readonly [sql: string, options: Partial<Options>]>>) {
  return defineFleet({
    name: 'mills',
    tables: {
      runs: table({
        topic: 'mills/{mill}/run',
        device: topicLevel('mill'),
        columns: { mill: text({ from: topicLevel('mill') }), begun: timestamp(), load: double() },
        eventTime: 'begun',
        identity: ['mill', 'begun'],
      }),
    },
    rollups: { hourly: rollup('runs', { every: '1 hour', measures: { runs: count() } }) },
    models: Object.fromEntries(
      Object.entries(models).map(([name, given]) => {
        const [sql, options] = typeof given === 'string' ? [given, {}] : given;
        return [name, defineModel(sql, { columns: { x: double() }, ...options })];
      }),
    ),
  });
}

const ordered = async (fleet: ReturnType<typeof mills>) =>
  (await orderModels([fleet])).map(({ model }) => model.name);
const windowed = { every: '1 day', columns: { window_start: timestamp() } };

describe('models', () => {
  it('come after those that they read, found in their text', async () => {
    const fleet = mills({
      last: 'SELECT x FROM mills_middle JOIN mills_first USING (x)',
      middle: 'WITH mills_hidden AS (SELECT * FROM mills_first) SELECT x FROM mills_hidden',
      first: 'SELECT load AS x FROM mills_runs_current WHERE EXISTS (SELECT 1 FROM mills_hourly)',
    });
    expect(await ordered(fleet)).toEqual(['first', 'middle', 'last']);
  });

  it('know each table once, and whether they read its current rows', async () => {
    const [planned] = await orderModels([
      mills({ m: 'SELECT a.load AS x FROM mills_runs AS a, mills_runs_current AS b, mills_hourly' }),
    ]);
    expect(planned?.sources.map(({ entry, current }) => [entry.path, current])).toEqual([
      ['mills/hourly', false],
      ['mills/runs', true],
    ]);
  });
});

const REFUSED: readonly (readonly [what: string, fleet: ReturnType<typeof mills>, says: string])[] = [
  [
    'a circle',
    mills({
      a: 'SELECT x FROM mills_c',
      b: 'SELECT x FROM mills_a',
      c: 'SELECT x FROM mills_b',
    }),
    'models read each other in a circle: mills/a → mills/c → mills/b → mills/a',
  ],
  ['itself', mills({ a: 'SELECT x FROM mills_a' }), 'in a circle: mills/a → mills/a'],
  [
    'a table that there is not',
    mills({ a: 'SELECT x FROM mills_rums' }),
    'model mills/a: its SQL reads mills_rums, which neither the lake nor its lookups have',
  ],
  ['text that is no SQL', mills({ a: 'SELEC x' }), 'model mills/a: the SQL is refused: syntax error'],
  ['what is no SELECT', mills({ a: 'DROP TABLE mills_runs' }), 'model mills/a: the SQL is refused'],
  [
    'two statements',
    mills({ a: 'SELECT 1 AS x; SELECT 2 AS x' }),
    'it holds 2 statements'.replace('it', 'the SQL'),
  ],
  ['another schema', mills({ a: 'SELECT x FROM other.mills_runs' }), 'name tables without a schema'],
  [
    'windows that it does not have',
    mills({ a: 'SELECT 1 AS x FROM windows' }),
    'its SQL reads windows: say every, which windows these are',
  ],
  [
    'changes of what it does not read',
    mills({
      a: ['SELECT window_start FROM windows', { ...windowed, changes: { mills_runs: byEventTime() } }],
    }),
    'changes speak of mills_runs, which its SQL does not read',
  ],
  [
    'changes by a column that there is not',
    mills({
      a: [
        'SELECT window_start FROM windows, mills_runs',
        { ...windowed, changes: { mills_runs: byOverlap({ from: 'begun', to: 'ended' }) } },
      ],
    }),
    'changes of mills_runs speak of ended, which is no timestamp of it',
  ],
  [
    'neighbours by a key that there is not',
    mills({
      a: [
        'SELECT window_start FROM windows, mills_runs',
        { ...windowed, changes: { mills_runs: byNeighbours({ key: ['wheel'] }) } },
      ],
    }),
    'changes of mills_runs speak of wheel, which it has not',
  ],
];

describe('a model is refused, by its name, for', () => {
  it.each(REFUSED)('%s', async (_, fleet, says) => {
    await expect(orderModels([fleet])).rejects.toThrow(says);
  });
});

describe('a definition is refused for', () => {
  it.each([
    ['a model that is none', { m: { sql: 'SELECT 1' } }, 'mills.models.m: '],
    ['SQL that is not there', { m: defineModel('', { columns: { x: double() } }) }, 'is no SQL'],
    [
      'windows without their start',
      { m: defineModel('SELECT 1', { every: '1 day', columns: { x: double() } }) },
      'a model with windows gives window_start: timestamp()',
    ],
    [
      'changes without windows',
      { m: defineModel('SELECT 1', { columns: { x: double() }, changes: { a_b: byEventTime() } }) },
      'mills.models.m.changes: only a model with windows',
    ],
    [
      'the name of a rollup',
      { hourly: defineModel('SELECT 1', { columns: { x: double() } }) },
      'mills_hourly is the name of rollup hourly already',
    ],
    [
      'a lookup of mixed values',
      { m: defineModel('SELECT 1', { columns: { x: double() }, lookups: { l: [{ a: 1 }, { a: 'b' }] } }) },
      'mills.models.m.lookups.l.a: its values are not all text',
    ],
  ])('%s', (_, models, says) => {
    const define = () =>
      defineFleet({
        name: 'mills',
        tables: {
          runs: table({ topic: 'mills/{mill}', device: topicLevel('mill'), columns: { load: double() } }),
        },
        rollups: { hourly: rollup('runs', { every: '1 hour', measures: { runs: count() } }) },
        models: models as Readonly<Record<string, ReturnType<typeof defineModel>>>,
      });
    expect(define).toThrow(says);
  });
});
