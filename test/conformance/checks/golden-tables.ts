import { join } from 'node:path';
import type { Check } from '../check.ts';
import { checkGolden } from '../golden.ts';
import { SHARED } from '../places.ts';

/** Tables that Spark wrote, some broken on purpose: the right rows, or the right refusal. */
export const goldenTables: Check = {
  name: 'the golden tables of Spark are read exactly, or refused by name',
  needs: ['shared'],
  async run() {
    const { tables, passed, refused, failed } = await checkGolden(join(SHARED, 'golden'));
    console.log(
      `golden tables: ${tables} tables, ${passed} passed, ${refused} refused, ${failed.length} failed`,
    );
    if (failed.length > 0) throw new Error(failed.map(({ table, why }) => `${table}: ${why}`).join('\n'));
  },
};
