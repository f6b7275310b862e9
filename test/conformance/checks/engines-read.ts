import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSnapshot } from '../../../src/delta/snapshot.ts';
import { createFolderStore } from '../../../src/stores/folder-store.ts';
import { drawSeed } from '../../support/seed.ts';
import type { Check } from '../check.ts';
import { writeEngineTables } from '../engine-tables.ts';
import { agreeOnRows, deltaRsJudge, sparkJudge, type TableJudge, trinoJudge } from '../table-judges.ts';

const HISTORIES = 3;

/** Every kind of table that we write, row by row, in the eyes of others. */
export const enginesRead: readonly Check[] = [deltaRsJudge, sparkJudge, trinoJudge].map((judge) => ({
  name: `${judge.name} reads every row of every kind of table that we write`,
  needs: judge.needs,
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-engines-'));
    const seed = drawSeed('tables for other engines');
    try {
      let read = 0;
      let rows = 0;
      for (const table of await writeEngineTables(folder, seed, HISTORIES)) {
        if (await isBeyond(judge, table.path)) continue;
        rows += await agreeOnRows(judge, table.path, table.about);
        read++;
      }
      console.log(`${judge.name}: ${read} tables, ${rows} rows`);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
}));

/** What an engine cannot read in tables of its own either: delta-rs 1.6.6 takes the partition value -0.77 for `0.-77`. */
async function isBeyond(judge: TableJudge, path: string): Promise<boolean> {
  const { metadata } = (await loadSnapshot(createFolderStore(path)))!;
  return judge === deltaRsJudge && metadata.partitionColumns.some((name) => name.startsWith('decimal'));
}
