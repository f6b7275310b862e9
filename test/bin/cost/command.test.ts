import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { costCommand } from '../../../bin/commands/cost.ts';
import { REPOSITORY, runCli, runCliForJson } from '../../support/cli.ts';
import type { CostReport } from '../../../bin/cost/report.ts';

const FLEET = ['--messages-per-second', '100', '--devices', '10'];

describe('npm run cost', () => {
  it('says with --json what its lines come to', async () => {
    const report = await runCliForJson<CostReport>('cost', ...FLEET, '--no-basic-ingest');
    expect(report.workload).toMatchObject({ basicIngest: false, region: 'us-east-1', streamDays: 7 });
    const total = report.lines.reduce((sum, { usd = 0 }) => sum + usd, 0);
    expect(report.usd).toBeCloseTo(total, 9);
    expect(report.alternatives[0]!.usd).toBeCloseTo(total, 9);
    expect(report.lines.every(({ unit, source }) => unit !== '' && source !== '')).toBe(true);
  });

  it.for([
    [['--devices', '10'], /required option '--messages-per-second <n>'/],
    [['--messages-per-second', '0', '--devices', '10'], /--messages-per-second .*above 0/],
    [[...FLEET, '--devices', '1.5'], /--devices .*whole number above 0/],
    [[...FLEET, '--region', 'mars'], /choices are us-east-1, eu-central-1/],
    [[...FLEET, '--payload-bytes', '200000'], /131072 bytes a message at most/],
    [[...FLEET, '--batch-on-device', '1000'], /--batch-on-device 1000 makes .* 131072, 655 of them/],
    [[...FLEET, '--batch-window', '1h'], /--batch-window .*give 1s to 5m/],
    [[...FLEET, '--rollup-every', '1m'], /--rollup-every .*give 5m to 1h/],
    [[...FLEET, '--retention', '1h'], /--retention .*give 1d or more/],
    [[...FLEET, '--queries', '-1'], /--queries .*give a number, 0 or above/],
    [[...FLEET, '--baic-ingest'], /unknown option '--baic-ingest'/],
  ] as const)('refuses %j', async ([args, says]) => {
    const command = costCommand()
      .exitOverride()
      .configureOutput({ outputError: () => undefined });
    await expect(command.parseAsync(args, { from: 'user' })).rejects.toThrow(says);
  });

  it('answers a mistake in one line', async () => {
    const { code, stdout, stderr } = await runCli('cost', ...FLEET, '--batch-on-device', '1000');
    expect(stderr).toMatch(/^tributary: --batch-on-device 1000 makes [^\n]+ 131072, 655 of them\n$/);
    expect([code, stdout]).toEqual([2, '']);
  });
});

describe('docs/cost.md', () => {
  const text = readFileSync(join(REPOSITORY, 'docs/cost.md'), 'utf8');
  const shown = Array.from(text.matchAll(/```sh\nnpm run cost -- ([^\n]+)\n```\n\n```text\n([^`]+)```/g));

  it('shows three fleets', () => {
    expect(shown).toHaveLength(3);
  });

  it.for(shown.map(([, args, said]) => [args!, said!] as const))(
    'shows what %s says',
    async ([args, said]) => {
      expect((await runCli('cost', ...args.split(' '))).stdout).toBe(said);
    },
  );
});
