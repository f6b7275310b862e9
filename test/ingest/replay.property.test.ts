import { expect, it } from 'vitest';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { LAXEST, liveThrough } from '../support/replay-history.ts';
import { verifyRuns } from '../support/replay-rig.ts';
import { drawSeed } from '../support/seed.ts';

/** `REPLAY_HISTORIES`: for a long night. */
const HISTORIES = Number(process.env['REPLAY_HISTORIES'] ?? 100);

it(
  'neither loses nor doubles a reading, whatever dies and however definitions change',
  { timeout: 600_000 },
  async () => {
    const first = drawSeed('replay by origin');
    const last = first + (process.env['TEST_SEED'] === undefined ? HISTORIES : 1);
    for (let seed = first; seed < last; seed++) {
      const lake = createMemoryStore();
      const runs = await liveThrough(seed, lake);
      const { lost, doubled, samples } = await verifyRuns(runs, lake, [LAXEST]);
      expect({ seed, lost, doubled, samples }).toEqual({ seed, lost: 0, doubled: 0, samples: [] });
    }
  },
);
