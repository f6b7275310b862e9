import fc from 'fast-check';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ORIGIN_KEY } from '../../../src/columns/reserved.ts';
import { createDuckDbEngine } from '../../../src/sql/duckdb.ts';
import { createFolderStore } from '../../../src/stores/folder-store.ts';
import { anchors, openHistory, recipes, steps } from '../../rollup/history.ts';
import { drawSeed } from '../../support/seed.ts';
import type { Check } from '../check.ts';
import { judgeTable } from '../judge.ts';

const HISTORIES = 5;

/** Rollups rewrite their tables all the time: what random histories leave behind has to be sound Delta tables. */
export const rollupTables: Check = {
  name: 'rollups leave sound tables behind',
  needs: ['pyarrow', 'shared'],
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-rollups-'));
    const sql = createDuckDbEngine({ stagingDirectory: join(folder, 'staging') });
    const seed = drawSeed('rollup tables');
    // vacuumed files are missed by the checker's own replay of the log
    const plans = fc.array(
      steps.filter(({ kind }) => kind !== 'vacuum'),
      { minLength: 15, maxLength: 30 },
    );
    try {
      for (const [i, [recipe, anchor, plan]] of fc
        .sample(fc.tuple(recipes, anchors, plans), { seed, numRuns: HISTORIES })
        .entries()) {
        const lake = join(folder, String(i));
        const history = await openHistory(createFolderStore(lake), sql, recipe, anchor);
        for (const step of [...plan, { kind: 'run', dies: false } as const]) await history.live(step);
        await judgeTable(join(lake, 'plant', 'gold'));
        await judgeTable(join(lake, 'plant', 'readings'), { unique: ORIGIN_KEY });
      }
    } finally {
      await sql.close();
      await rm(folder, { recursive: true });
    }
  },
};
