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
import { createSharedTable, KINDS, type SharedTable } from '../turns.ts';

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
      await goOnWithDeletionVectors(table);
      await refuseChangeFeed(table.path);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/** From now on Spark marks rows as deleted, and leaves the files: we read and change such a table too. */
async function goOnWithDeletionVectors({ path, change, check }: SharedTable): Promise<void> {
  await runSpark(`ALTER TABLE delta.\`${path}\` SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')`);
  const done: string[] = [];
  while (!(await hasDeletionVector(path))) {
    // what goes may be gone already, or be all that a file has
    if (done.length > 20) throw new Error(`${done.join(', ')}: no deletion vector came of it`);
    done.push(await change(sparkWriter, 'append'), await change(sparkWriter, 'delete'));
  }
  await check(`with deletion vectors, after ${done.join(', ')}`);
  for (const kind of ['merge', 'delete', 'append', 'optimize', 'vacuum'] as const) {
    done.push(await change(ourselves, kind));
    const about = `with deletion vectors, after ${done.join(', ')}`;
    await check(about);
    await agreeOnRows(trinoJudge, path, about);
  }
  await agreeOnRows(sparkJudge, path, `with deletion vectors, after ${done.join(', ')}`);
}

async function hasDeletionVector(path: string): Promise<boolean> {
  const { files } = await (await openTable(createFolderStore(path))).snapshot();
  return files.some(({ deletionVector }) => deletionVector !== undefined);
}

/** A table whose writers owe their readers a feed of changes is read, and refused to be written by the feature's name. */
async function refuseChangeFeed(path: string): Promise<void> {
  await runSpark(`ALTER TABLE delta.\`${path}\` SET TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')`);
  await agreeOnRows(sparkJudge, path, 'with a change data feed');
  const table = await openTable(createFolderStore(path));
  const error = await table.append([{ id: 1 }]).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UnsupportedFeatureError) || !error.message.includes('changeDataFeed'))
    throw new Error(`an append beside a change data feed should be refused by name, and is ${String(error)}`);
}

function shuffle<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
