import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ORIGIN_KEY } from '../../../src/columns/reserved.ts';
import type { Check } from '../check.ts';
import { judgeTable } from '../judge.ts';
import { REPO, SHARED } from '../places.ts';
import { runCommand } from '../run-command.ts';

/** What `start --json` says of a run, as far as it is judged here. */
type Summary = {
  readonly acknowledged: number;
  readonly rows: number;
  readonly quarantined: number;
  readonly lost: number;
  readonly doubled: number;
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
};

/** A definition of `examples/`, the file of the shared data that it is for, and how many rows that holds. */
const FILES = [
  {
    fleets: 'nyc-airports',
    fleet: 'nyc',
    table: 'weather',
    file: 'weather/nyc_airports_2013.csv',
    rows: 26_115,
  },
  {
    fleets: 'capmetro-buses',
    fleet: 'capmetro',
    table: 'positions',
    file: 'vehicles/capmetro_2017-03-21.csv',
    rows: 45_386,
  },
  {
    fleets: 'raspberry-pi',
    fleet: 'pi',
    table: 'environment',
    file: 'sensors/raspberry_pi_24h.ndjson.gz',
    rows: 50_270,
  },
] as const;

/** Each real file through broker, stream, ingest and rollups; then the checker takes every table apart. */
export const realFiles: readonly Check[] = FILES.map(({ fleets, fleet, table, file, rows }) => ({
  name: `every row of ${file} becomes one row of a sound table`,
  needs: ['pyarrow', 'shared'],
  run: () =>
    inDataDir(async (dataDir) => {
      const replay = ['--fleets', `examples/${fleets}.ts`, '--replay', join(SHARED, 'data', file)];
      const summary = await runTributary<Summary>(
        'start',
        ...replay,
        '--data-dir',
        dataDir,
        '--mqtt-port',
        '0',
      );
      assertWhole(summary, rows);
      await judgeLake(dataDir, summary, [`${fleet}/${table}`]);
      // the same numbers from another direction: SQL over raw table and rollups
      const [answer] = await runTributary<readonly [Record<string, number>]>(
        'sql',
        `select count(*) as rows, count(distinct (_stream, _shard, _position, _index)) as origins from ${fleet}_${table}`,
        '--data-dir',
        dataDir,
      );
      if (answer.rows !== rows || answer.origins !== rows)
        throw new Error(`SQL counts ${JSON.stringify(answer)}`);
    }),
}));

/** A run of the shipped fleets, killed in the middle and started again. */
export const shippedFleets: Check = {
  name: 'a run of the shipped fleets that was killed leaves sound tables behind',
  needs: ['pyarrow', 'shared'],
  run: () =>
    inDataDir(async (dataDir) => {
      const run = ['start', '--rate', '500', '--data-dir', dataDir, '--mqtt-port', '0'];
      await runCommand(process.execPath, [join(REPO, 'bin/tributary.mjs'), ...run], { killAfterMs: 6_000 });
      const summary = await runTributary<Summary>(...run, '--for', '4s');
      assertWhole(summary, summary.rows);
      await judgeLake(dataDir, summary, ['weather/observations', 'vehicles/telemetry']);
    }),
};

function assertWhole({ rows, quarantined, lost, doubled, acknowledged }: Summary, expected: number): void {
  const found = { rows, quarantined, lost, doubled };
  const right = { rows: expected, quarantined: 0, lost: 0, doubled: 0 };
  if (!isDeepStrictEqual(found, right) || acknowledged === 0) {
    throw new Error(`expected ${JSON.stringify(right)}, found ${JSON.stringify({ ...found, acknowledged })}`);
  }
}

async function judgeLake(dataDir: string, { tables }: Summary, raw: readonly string[]): Promise<void> {
  for (const { table } of tables) {
    const isRaw = table === 'quarantine' || raw.includes(table);
    await judgeTable(join(dataDir, 'lake', table), isRaw ? { unique: ORIGIN_KEY } : {});
  }
}

async function runTributary<T>(...args: readonly string[]): Promise<T> {
  const { code, output } = await runCommand(process.execPath, [
    join(REPO, 'bin/tributary.mjs'),
    ...args,
    '--json',
  ]);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${output}`);
  return JSON.parse(output) as T;
}

async function inDataDir(work: (dataDir: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-conformance-'));
  try {
    await work(join(folder, 'data'));
  } finally {
    await rm(folder, { recursive: true });
  }
}
