import { existsSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli, runCliForJson, temporaryPath } from '../support/cli.ts';

type Verified = { readonly rows: number; readonly lost: number; readonly doubled: number };
type Listed = {
  readonly messages: number;
  readonly open: number;
  readonly groups: readonly { readonly reason: string; readonly state: string; readonly messages: number }[];
  readonly latest: readonly { readonly origin: string; readonly detail: string }[];
};

const pumps = (max: number) => `
import { avg, count, defineFleet, double, rollup, table, text, timestamp, topicLevel } from 'tributary';

export const pumps = defineFleet({
  name: 'pumps',
  tables: {
    readings: table({
      topic: 'pumps/{pump}/reading',
      device: topicLevel('pump'),
      columns: { pump: text({ from: topicLevel('pump') }), at: timestamp({ format: 'epoch-ms' }), bar: double({ max: ${max} }) },
      eventTime: 'at',
      identity: ['pump', 'at'],
    }),
  },
  rollups: { hourly: rollup('readings', { every: '1 hour', by: ['pump'], measures: { n: count(), mean: avg('bar') } }) },
});`;

describe('npm run quarantine', () => {
  it(
    'shows what failed, and makes rows of it once the definition is mended',
    { timeout: 120_000 },
    async () => {
      const dataDir = temporaryPath('data');
      const fleets = temporaryPath('pumps.ts');
      const file = temporaryPath('rows.ndjson');
      const here = ['--data-dir', dataDir];
      writeFileSync(fleets, pumps(40));
      const rows = Array.from({ length: 500 }, (_, i) => ({
        pump: `p${i % 7}`,
        at: 1_700_000_000_000 + i * 1000,
        bar: i % 50 === 49 ? 'broken' : i % 50,
      }));
      writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      // 41 to 48 are above the maximum, 49 is no number
      expect(
        await runCliForJson<Verified>(
          'start',
          '--fleets',
          fleets,
          '--replay',
          file,
          '--mqtt-port',
          '0',
          ...here,
        ),
      ).toMatchObject({ rows: 410, lost: 0, doubled: 0 });

      const listed = await runCliForJson<Listed>('quarantine', 'list', '--limit', '3', ...here);
      expect(listed).toMatchObject({
        messages: 90,
        open: 90,
        groups: [
          { reason: 'out-of-range', table: 'pumps/readings', state: 'open', messages: 80 },
          { reason: 'wrong-type', table: 'pumps/readings', state: 'open', messages: 10 },
        ],
      });
      expect(listed.latest).toHaveLength(3);
      expect((await runCli('quarantine', 'list', '--reason', 'wrong-type', ...here)).stdout).toMatch(
        /^10 messages/,
      );
      const { origin } = listed.latest[0]!;
      const [message] = await runCliForJson<[{ payload: { text: string } }]>(
        'quarantine',
        'show',
        origin,
        ...here,
      );
      expect(JSON.parse(message.payload.text)).toHaveProperty('bar');
      expect((await runCli('quarantine', 'show', origin, ...here)).stdout).toContain(message.payload.text);

      writeFileSync(fleets, pumps(100));
      expect(await runCliForJson<unknown>('quarantine', 'replay', '--limit', '30', ...here)).toMatchObject({
        messages: 30,
      });
      expect(await runCliForJson<Verified>('verify', ...here)).toMatchObject({ lost: 0, doubled: 0 });
      expect((await runCli('quarantine', 'replay', ...here)).stdout).toMatch(/10 still fail/);
      expect(await runCliForJson<Verified>('verify', ...here)).toMatchObject({
        rows: 490,
        lost: 0,
        doubled: 0,
      });

      // the schedule brings the rollup up to date, beside what simulated devices send
      const later = await runCliForJson<Verified>('start', '--for', '1s', '--mqtt-port', '0', ...here);
      expect(later).toMatchObject({ lost: 0, doubled: 0 });
      expect(later.rows).toBeGreaterThanOrEqual(490);
      const sql = `with recomputed as (
        select pump, date_trunc('hour', "at") as window_start, count(*) as n, avg(bar) as mean from pumps_readings group by 1, 2
      )
      select (select sum(n) from pumps_hourly) as n, (select count(*) from pumps_hourly) as groups,
        (select count(*) from recomputed r join pumps_hourly g on g.pump = r.pump and g.window_start = r.window_start
          where g.n = r.n and abs(g.mean - r.mean) < 1e-9) as agreeing`;
      const [answer] = await runCliForJson<[{ n: number; agreeing: number; groups: number }]>(
        'sql',
        sql,
        ...here,
      );
      expect(answer.n).toBe(490);
      expect(answer.agreeing).toBe(answer.groups);

      const asked = await runCli('quarantine', 'discard', ...here);
      expect(asked).toMatchObject({
        code: 2,
        stderr: 'tributary: 10 open messages match: pass --yes to discard them\n',
      });
      expect(await runCliForJson<unknown>('quarantine', 'discard', '--yes', ...here)).toEqual({
        discarded: 10,
      });
      expect(await runCliForJson<Verified>('verify', ...here)).toMatchObject({
        rows: later.rows,
        lost: 0,
        doubled: 0,
      });
      expect(await runCliForJson<Listed>('quarantine', 'list', ...here)).toMatchObject({
        messages: 90,
        open: 0,
      });
    },
  );

  it('answers mistakes with one line', { timeout: 60_000 }, async () => {
    const dataDir = temporaryPath('data');
    const mistakes: [string[], RegExp][] = [
      [['list'], /there is no lake in/],
      [['show', 'nonsense'], /there is no lake in|is no origin/],
      [['list', '--since', 'tuesday'], /give a time as/],
      [['forget'], /unknown command 'forget'/],
      [['replay', '--limit', '0'], /whole number above 0/],
    ];
    for (const [args, line] of mistakes) {
      const outcome = await runCli(
        'quarantine',
        ...args,
        ...(args[0] === 'forget' ? [] : ['--data-dir', dataDir]),
      );
      expect(outcome.stderr).toMatch(line);
      expect(outcome.stderr.trim().split('\n')).toHaveLength(1);
      expect(outcome.code).toBe(2);
    }
    expect(existsSync(dataDir)).toBe(false);
  });
});
