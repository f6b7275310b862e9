import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawSeed } from '../../support/seed.ts';
import type { Check } from '../check.ts';
import { PYTHON } from '../engines.ts';
import { DELTA_CHECK } from '../places.ts';
import { checkWrittenTables } from '../written-tables.ts';

const TABLES = 30;

/** Tables of all types with random histories: sound by the checker, and the same rows in DuckDB's eyes. */
export const writtenTables: Check = {
  name: 'tables of all types with random histories are sound, and DuckDB reads the same rows',
  needs: ['pyarrow', 'shared'],
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-written-'));
    try {
      const seed = drawSeed('written tables');
      const report = await checkWrittenTables({
        folder,
        seed,
        tables: TABLES,
        python: PYTHON,
        checker: DELTA_CHECK,
      });
      console.log(`written tables: ${report.tables} tables with ${report.commits} commits`);
      if (report.problems.length > 0) throw new Error(report.problems.join('\n'));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
