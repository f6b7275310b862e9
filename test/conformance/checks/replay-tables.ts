import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ORIGIN_KEY } from '../../../src/columns/reserved.ts';
import { createFolderStore } from '../../../src/stores/folder-store.ts';
import { liveThrough } from '../../support/replay-history.ts';
import { drawSeed } from '../../support/seed.ts';
import type { Check } from '../check.ts';
import { judgeTable } from '../judge.ts';

const HISTORIES = 10;

/** Replays write beside ingest, and rewrite the quarantine: what random histories leave behind has to be sound. */
export const replayTables: Check = {
  name: 'replays leave sound tables behind',
  needs: ['pyarrow', 'shared'],
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-replays-'));
    const first = drawSeed('replay tables');
    try {
      for (let seed = first; seed < first + HISTORIES; seed++) {
        const lake = join(folder, String(seed));
        await liveThrough(seed, createFolderStore(lake));
        for (const table of ['readings', 'alarms', 'audit']) {
          const path = join(lake, 'pumps', table);
          if (existsSync(path)) await judgeTable(path, { unique: ORIGIN_KEY });
        }
        await judgeTable(join(lake, 'quarantine'));
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
