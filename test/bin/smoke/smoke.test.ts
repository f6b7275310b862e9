import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { SmokeOutcome } from '../../../bin/smoke/run-smoke.ts';
import { runCli, runCliForJson, startCli, temporaryPath } from '../../support/cli.ts';

/** Certificates of smoke devices, and how many of them were taken back. */
function certificatesIn(dataDir: string): { readonly made: number; readonly revoked: number } {
  const db = new DatabaseSync(join(dataDir, 'certificates', 'things.db'), { readOnly: true });
  try {
    const sql = `select count(*) as made, count(revoked_at) as revoked from certificates where thing like 'smoke-%'`;
    return { ...(db.prepare(sql).get() as { made: number; revoked: number }) };
  } finally {
    db.close();
  }
}

// several processes in turn, on machines that may be busy
describe('npm run smoke', { timeout: 120_000 }, () => {
  it('finds by SQL what its device published by mTLS, and leaves no certificate, whatever happens', async () => {
    const dataDir = temporaryPath('data');
    const common = ['--mtls', '--fleet', 'weather', '--rate', '1', '--mqtt-port', '0', '--data-dir', dataDir];
    const product = startCli(['start', ...common]);
    let said = '';
    product.child.stdout!.on('data', (text: Buffer) => (said += text.toString()));
    await product.said('Ctrl-C drains');
    const endpoint = /mqtts:\/\/127\.0\.0\.1:\d+/.exec(said)![0];
    const smoke = ['smoke', '--data-dir', dataDir, '--endpoint', endpoint];

    const outcome = await runCliForJson<SmokeOutcome>(...smoke, '--messages', '5');
    expect(outcome).toMatchObject({ messages: 5, acknowledged: 5, lost: 0, doubled: 0, quarantined: 0 });
    expect(outcome.tables).toMatchObject([{ table: 'weather_observations', expected: 5, rows: 5 }]);
    expect(outcome.hops.map(({ rows }) => rows)).toEqual([5, 5, 5, 5, 5]);
    expect(certificatesIn(dataDir)).toEqual({ made: 1, revoked: 1 });

    // nobody listens there
    const refused = await runCli('smoke', '--data-dir', dataDir, '--endpoint', 'mqtts://127.0.0.1:1');
    expect(refused.stderr).toMatch(/tributary: smoke-\w+ cannot connect to [^\n]+ECONNREFUSED[^\n]+\n$/);
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(certificatesIn(dataDir)).toEqual({ made: 2, revoked: 2 });

    const stopped = startCli([...smoke, '--messages', '100000']);
    stopped.child.stderr!.on('data', (text: Buffer) => {
      if (text.toString().includes('publishes')) stopped.child.kill('SIGINT');
    });
    const { code, stderr } = await stopped.ended;
    expect(stderr).toMatch(/is gone, 1 certificate taken back\ntributary: stopped/);
    expect(code).toBe(130);
    expect(certificatesIn(dataDir)).toEqual({ made: 3, revoked: 3 });
  });

  it.for([
    [['--stage', 'qa'], /choices are dev, prod/],
    [['--endpoint', '127.0.0.1'], /"127\.0\.0\.1" is no broker's address/],
    [[], /there is no lake in [^\n]+: run npm start first/],
  ] as const)('answers %j in one line', async ([args, says]) => {
    const { code, stdout, stderr } = await runCli('smoke', ...args, '--data-dir', temporaryPath('data'));
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/^tributary: [^\n]+\n$/);
    expect([code, stdout]).toEqual([2, '']);
  });
});
