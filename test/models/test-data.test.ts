import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  defineFleet,
  double,
  fresh,
  inRange,
  notNull,
  table,
  text,
  timestamp,
  topicLevel,
  unique,
} from '../../src/fleet/index.ts';
import { createBatchBuilder } from '../../src/columns/builder.ts';
import { field, struct } from '../../src/columns/types.ts';
import type { TestedLake } from '../../src/models/tested-lake.ts';
import { testData } from '../../src/models/test-data.ts';
import { lakeOfFiles } from '../../src/models/lake-of-files.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { temporaryFolder } from '../sql/data-files.ts';
import { createLake } from './lake-rig.ts';

const NOW = Date.UTC(2024, 5, 3, 12);
const MINUTE = 60_000;

const wells = defineFleet({
  name: 'wells',
  tables: {
    levels: table({
      topic: 'wells/{well}/level',
      device: topicLevel('well'),
      columns: {
        well: text({ from: topicLevel('well') }),
        measured_at: timestamp(),
        level_m: double({ optional: true }),
      },
      eventTime: 'measured_at',
      identity: ['well', 'measured_at'],
    }),
    pumps: table({ topic: 'wells/{well}/pump', device: topicLevel('well'), columns: { rpm: double() } }),
  },
  tests: [
    notNull('levels', 'level_m'),
    unique('levels', 'well', 'measured_at'),
    unique('levels_current', 'well', 'measured_at'),
    inRange('levels', 'level_m', { min: 0, max: 10 }),
    fresh('levels', 'measured_at', '15 minutes'),
    notNull('pumps', 'rpm'),
  ],
});

type Level = readonly [well: string, minutesAgo: number, level: number | null];

async function outcomes(levels: readonly Level[]) {
  const sql = createDuckDbEngine({ stagingDirectory: join(temporaryFolder(), 'staging') });
  onTestFinished(() => sql.close());
  const lake = createLake(wells);
  const rows = levels.map(([well, ago, level_m]) => ({
    well,
    measured_at: NOW - ago * MINUTE,
    level_m,
    arrivedAt: NOW,
  }));
  await lake.append('levels', rows);
  const results = await testData([wells], {
    lake: lakeOfFiles(lake.store, [wells], sql),
    clock: () => NOW,
  });
  return results.map(({ test, source, outcome, violations, detail }) => [
    `${source} ${test}`,
    outcome,
    violations,
    ...(detail === undefined ? [] : [detail]),
  ]);
}

describe('data tests', () => {
  it('hold for rows that are as they should be, and wait for tables that are not there', async () => {
    expect(
      await outcomes([
        ['a', 5, 1.5],
        ['b', 10, 0],
        ['b', 20, 10],
      ]),
    ).toEqual([
      ['levels notNull(level_m)', 'holds', 0],
      ['levels unique(well, measured_at)', 'holds', 0],
      ['levels_current unique(well, measured_at)', 'holds', 0],
      ['levels inRange(level_m, 0 to 10)', 'holds', 0],
      ['levels fresh(measured_at, 15 minutes)', 'holds', 0],
      ['pumps notNull(rpm)', 'skipped', 0],
    ]);
  });

  it('say how many rows violate them', async () => {
    expect(
      await outcomes([
        ['a', 20, null],
        ['a', 20, 11],
        ['b', 30, -1],
        ['b', 40, 3],
        // DuckDB has it above everything, Athena nowhere
        ['b', 50, NaN],
      ]),
    ).toEqual([
      ['levels notNull(level_m)', 'violated', 1, 'null in 1 rows'],
      ['levels unique(well, measured_at)', 'violated', 1, '1 groups of rows with the same values'],
      ['levels_current unique(well, measured_at)', 'holds', 0],
      ['levels inRange(level_m, 0 to 10)', 'violated', 3, '3 rows out of range'],
      [
        'levels fresh(measured_at, 15 minutes)',
        'violated',
        1,
        'the newest is of 2024-06-03T11:40:00.000Z, 20 minutes ago',
      ],
      ['pumps notNull(rpm)', 'skipped', 0],
    ]);
  });
});

describe('data tests that are asked at the same time', () => {
  const found = (value: bigint) => {
    const batch = createBatchBuilder(struct([field('found', 'long')]));
    batch.appendRow({ found: value });
    return batch.finish();
  };
  /** Answers in the opposite order of asking; `fails`: what the question has that fails. */
  function slowLake(fails?: string) {
    let [asked, open] = [0, 0];
    const lake: TestedLake = {
      atOnce: 3,
      has: () => Promise.resolve(true),
      async ask(sql) {
        open++;
        await sleep(20 - 3 * asked++);
        open--;
        if (fails !== undefined && sql.includes(fails)) throw new Error('the question failed');
        return found(sql.includes('max(') ? BigInt(NOW) * 1000n : 0n);
      },
    };
    return { lake, stillOpen: () => open };
  }

  it('are told of in the order of their definitions', async () => {
    const results = await testData([wells], { lake: slowLake().lake, clock: () => NOW });
    expect(results.map(({ test }) => test)).toEqual([
      'notNull(level_m)',
      ...['unique(well, measured_at)', 'unique(well, measured_at)'],
      'inRange(level_m, 0 to 10)',
      'fresh(measured_at, 15 minutes)',
      'notNull(rpm)',
    ]);
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['holds']));
  });

  it('have all ended when one of them has failed', async () => {
    const { lake, stillOpen } = slowLake('GROUP BY');
    await expect(testData([wells], { lake, clock: () => NOW })).rejects.toThrow('the question failed');
    expect(stillOpen()).toBe(0);
  });
});

describe('a data test is refused for', () => {
  it.each([
    [notNull('levles', 'level_m'), 'wells.tests[0].source: no table, rollup or model "levles"'],
    [notNull('levels', 'level'), 'wells.tests[0].columns[0]: no column "level"'],
    [inRange('levels', 'level_m', {}), 'wells.tests[0]: inRange needs a min, a max or both'],
    [inRange('levels', 'well', { min: 0 }), 'wells.tests[0].columns[0]: well is no number'],
    [fresh('levels', 'level_m', '1 hour'), 'wells.tests[0].columns[0]: level_m is no timestamp'],
    [fresh('levels', 'measured_at', 'soon'), 'wells.tests[0].within: "soon"'],
  ])('%o', (test, says) => {
    const define = () =>
      defineFleet({
        name: 'wells',
        tables: {
          levels: table({
            topic: 'wells/{well}',
            device: topicLevel('well'),
            columns: {
              well: text({ from: topicLevel('well') }),
              measured_at: timestamp(),
              level_m: double(),
            },
          }),
        },
        tests: [test],
      });
    expect(define).toThrow(says);
  });
});
