import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runCli, runCliForJson, startCli, temporaryPath } from '../support/cli.ts';

type Summary = {
  readonly acknowledged: number;
  readonly rows: number;
  readonly quarantined: number;
  readonly lost: number;
  readonly doubled: number;
  readonly pending: number;
};

const PUMPS = `
import { avg, count, defineFleet, double, payload, rollup, table, text, timestamp, topicLevel } from 'tributary';

export const pumps = defineFleet({
  name: 'pumps',
  tables: {
    readings: table({
      topic: 'pumps/{pump}/reading',
      device: topicLevel('pump'),
      columns: { pump: text({ from: topicLevel('pump') }), at: timestamp({ format: 'epoch-ms' }), bar: double({ max: 40 }) },
      eventTime: 'at',
      identity: ['pump', 'at'],
    }),
  },
  rollups: { hourly: rollup('readings', { every: '1 hour', by: ['pump'], measures: { n: count(), mean: avg('bar') } }) },
});`;

// several processes in turn, on machines that may be busy
const PATIENT = { timeout: 120_000 };

describe('a bounded run', PATIENT, () => {
  it('publishes, drains, rolls up, verifies, and can be asked afterwards', async () => {
    const dataDir = temporaryPath('data');
    const common = ['--data-dir', dataDir];
    const summary = await runCliForJson<Summary>(
      'start',
      '--fleet',
      'weather',
      '--for',
      '3s',
      '--mqtt-port',
      '0',
      ...common,
    );
    expect(summary).toMatchObject({ quarantined: 0, lost: 0, doubled: 0, pending: 0 });
    expect(summary.acknowledged).toBeGreaterThan(50);
    expect(summary.rows).toBe(summary.acknowledged);

    const sql = `select (select count(*) from weather_observations) as rows,
                        (select count(*) from weather_observations_current) as current_rows,
                        (select sum(readings) from weather_daily) as readings,
                        (select count(*) from quarantine) as quarantined`;
    const [answer] = await runCliForJson<[Record<string, number>]>('sql', sql, ...common);
    const { rows } = summary;
    expect(answer).toMatchObject({ rows, current_rows: rows, quarantined: 0 });
    expect(Number(answer['readings'])).toBe(rows);
    const tables = await runCliForJson<{ readonly table: string; readonly rows: number }[]>(
      'tables',
      ...common,
    );
    expect(tables.map(({ table }) => table)).toEqual(['quarantine', 'weather/observations', 'weather/daily']);
  });

  it('takes a fleet from outside the repository, and its file, and is asked without naming it again', async () => {
    const dataDir = temporaryPath('data');
    const fleets = temporaryPath('pumps.ts');
    const file = temporaryPath('rows.ndjson');
    writeFileSync(fleets, PUMPS);
    const rows = Array.from({ length: 500 }, (_, i) => ({
      pump: `p${i % 7}`,
      at: 1_700_000_000_000 + i * 1000,
      bar: i % 50,
    }));
    writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const run = ['start', '--fleets', fleets, '--replay', file, '--mqtt-port', '0', '--data-dir', dataDir];
    // every bar of 41 to 49 is above the maximum
    expect(await runCliForJson<Summary>(...run)).toMatchObject({
      acknowledged: 500,
      rows: 410,
      quarantined: 90,
      lost: 0,
      doubled: 0,
    });
    expect(
      await runCliForJson<unknown>(
        'sql',
        'select reason, count(*) as n from quarantine group by 1',
        '--data-dir',
        dataDir,
      ),
    ).toEqual([{ reason: 'out-of-range', n: 90 }]);
    expect(await runCliForJson<Summary>('verify', '--data-dir', dataDir)).toMatchObject({
      lost: 0,
      doubled: 0,
    });
    // another fleet on the same data dir leaves the first one's tables and records what they are
    const weather = ['start', '--fleet', 'weather', '--for', '1s', '--mqtt-port', '0', '--data-dir', dataDir];
    const both = await runCliForJson<Summary>(...weather);
    expect(both).toMatchObject({ quarantined: 90, lost: 0, doubled: 0, pending: 0 });
    expect(both.rows).toBeGreaterThan(410);
    expect(
      await runCliForJson<unknown>('sql', 'select sum(n) as n from pumps_hourly', '--data-dir', dataDir),
    ).toEqual([{ n: 410 }]);
  });
});

describe('a run that ends early', PATIENT, () => {
  it('drains and commits on Ctrl-C', async () => {
    const dataDir = temporaryPath('data');
    const { child, ended, said } = startCli([
      'start',
      '--fleet',
      'weather',
      '--rate',
      '200',
      '--mqtt-port',
      '0',
      '--data-dir',
      dataDir,
    ]);
    await said('Ctrl-C drains');
    await sleep(3000);
    child.kill('SIGINT');
    const { code, stderr, stdout } = await ended;
    expect(stderr).toBe('');
    expect(stdout).toContain('weather/observations');
    expect(code).toBe(0);
    const verified = await runCliForJson<Summary>('verify', '--data-dir', dataDir);
    expect(verified).toMatchObject({ lost: 0, doubled: 0, pending: 0 });
    expect(verified.rows).toBeGreaterThan(100);
  });

  it('loses and doubles nothing when it is killed and started again', async () => {
    const dataDir = temporaryPath('data');
    const common = ['--fleet', 'weather', '--rate', '500', '--mqtt-port', '0', '--data-dir', dataDir];
    for (const after of [1200, 2600]) {
      const { child, ended, said } = startCli(['start', ...common]);
      await said('Ctrl-C drains');
      await sleep(after);
      child.kill('SIGKILL');
      expect((await ended).signal).toBe('SIGKILL');
      const half = await runCliForJson<Summary>('verify', '--data-dir', dataDir);
      expect(half).toMatchObject({ lost: 0, doubled: 0 });
    }
    const { code } = await runCli('start', ...common, '--for', '1s');
    expect(code).toBe(0);
    expect(await runCliForJson<Summary>('verify', '--data-dir', dataDir)).toMatchObject({
      lost: 0,
      doubled: 0,
      pending: 0,
    });
  });
});
