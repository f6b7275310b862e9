import { describe, expect, it } from 'vitest';
import { stacksOf, stageOf, type Template } from './support/synthesise.ts';

const SYNTH = 120_000;

/** What follows the functions' code, which is no concern of a template's: its hash. */
function withoutAssetHashes(template: Template): string {
  return `${JSON.stringify(template, undefined, 2).replaceAll(/\b[0-9a-f]{64}\b/g, '<hash of the asset>')}\n`;
}

/**
 * Each stack of prod for the fixture's fleets, whole: a change that nobody meant is seen in review. What was meant is kept by
 * `npm test -- test/lib/snapshots.test.ts -u`.
 */
describe('the template', { timeout: SYNTH }, () => {
  const { cloud, templates } = stageOf('prod');
  it.each(stacksOf(cloud).map(([concern]) => concern))(
    'of %s is the one that was looked at',
    async (concern) => {
      await expect(withoutAssetHashes(templates[concern])).toMatchFileSnapshot(`snapshots/${concern}.json`);
    },
  );

  it('of a topic of MSK, in place of the stream, is the one that was looked at', async () => {
    const { stream } = stageOf('prod', 'msk').templates;
    await expect(withoutAssetHashes(stream)).toMatchFileSnapshot('snapshots/stream-msk.json');
  });
});
