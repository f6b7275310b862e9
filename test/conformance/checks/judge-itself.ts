import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check } from '../check.ts';
import { judgeTable } from '../judge.ts';
import { SHARED } from '../places.ts';

/** A judge that passes everything would pass us: a healthy table of Spark's has to pass, a damaged copy has not to. */
export const judgeItself: Check = {
  name: 'the checker of tables tells a healthy one from a damaged one',
  needs: ['pyarrow', 'shared'],
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-judge-'));
    try {
      const table = join(folder, 'table');
      await cp(join(SHARED, 'golden', 'snapshot-data0'), folder, { recursive: true });
      await cp(await findTable(folder), table, { recursive: true });
      await judgeTable(table);
      const [dataFile = ''] = (await readdir(table)).filter((name) => name.endsWith('.parquet'));
      await rm(join(table, dataFile));
      const objection = await judgeTable(table).then(
        (summary) => `none: ${summary}`,
        (error: Error) => error.message,
      );
      if (!objection.includes(dataFile))
        throw new Error(`${dataFile} is gone, and the objection is ${objection}`);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/** The folder that holds the log, in or below `folder`. */
async function findTable(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true });
  const log = entries.find((entry) => entry.endsWith('_delta_log'));
  if (log === undefined) throw new Error(`no Delta table below ${folder}`);
  return join(folder, log, '..');
}
