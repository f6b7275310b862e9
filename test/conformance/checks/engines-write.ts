import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from '../../../src/clock.ts';
import { openTable, UnsupportedFeatureError } from '../../../src/delta/index.ts';
import { createFolderStore } from '../../../src/stores/folder-store.ts';
import { drawSeed, seededRandom } from '../../support/seed.ts';
import type { Check } from '../check.ts';
import { agreeOnRows, deltaRsJudge, sparkJudge, trinoJudge } from '../table-judges.ts';
import { deltaRsWriter, ourselves, runSpark, sparkWriter } from '../table-writers.ts';
import { createSharedTable, KINDS } from '../turns.ts';

/** One table that three engines change by turns: each change means the same to everybody, and we go on after each. */
export const enginesWrite: Check = {
  name: 'Spark, delta-rs and we change one table by turns, and all read the same rows, Trino too',
  needs: ['spark', 'deltalake', 'trino'],
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-turns-'));
    const seed = drawSeed('turns');
    const random = seededRandom(seed);
    try {
      const table = await createSharedTable(folder, random);
      const turns = [ourselves, sparkWriter, deltaRsWriter].flatMap((writer) => {
        return KINDS.map((kind) => ({ writer, kind }));
      });
      const done: string[] = [];
      for (const { writer, kind } of shuffle(turns, random)) {
        done.push(await table.change(writer, kind));
        const about = `seed ${seed}, after ${done.join(', ')}`;
        await table.check(about);
        for (const judge of [deltaRsJudge, trinoJudge]) await agreeOnRows(judge, table.path, about);
      }
      const rows = await agreeOnRows(sparkJudge, table.path, `seed ${seed}, after all turns`);
      console.log(`${done.length} turns, ${rows} rows: ${done.join(', ')}`);
      await table.change(ourselves, 'append');
      await refuseDeletionVectors(table.path);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/** From the moment when Spark marks rows as deleted, we read on, and refuse to write by the feature's name. */
async function refuseDeletionVectors(path: string): Promise<void> {
  const name = `delta.\`${path}\``;
  await runSpark(`ALTER TABLE ${name} SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')`);
  await runSpark(`DELETE FROM ${name} WHERE id % 2 = 0`);
  for (const judge of [sparkJudge, trinoJudge]) await agreeOnRows(judge, path, 'with deletion vectors');
  const table = await openTable(createFolderStore(path));
  const error = await table.append([{ id: 1 }]).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UnsupportedFeatureError) || !error.message.includes('deletionVectors'))
    throw new Error(`an append beside deletion vectors should be refused by name, and is ${String(error)}`);
}

function shuffle<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
