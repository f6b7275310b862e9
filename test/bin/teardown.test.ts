import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';

describe('npm run teardown', () => {
  it.each([
    [[], /required option '--stage <name>'/],
    [['--stage', 'qa'], /choices are dev, prod/],
    [['--stage', 'prod', '--yes'], /prod is protected: docs\/deploy\.md/],
  ])('touches nothing for %j, and says why', async (args, says) => {
    const { code, stdout, stderr } = await runCli('teardown', ...args);
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/^tributary: [^\n]+\n$/);
    expect([code, stdout]).toEqual([2, '']);
  });
});
