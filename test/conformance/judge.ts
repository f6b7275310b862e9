import { PYTHON } from './engines.ts';
import { DELTA_CHECK } from './places.ts';
import { runCommand } from './run-command.ts';

/**
 * Holds a table on disk against the Delta protocol by the independent checker: every file, statistic and checkpoint, and
 * that the table is as plain as Tributary promises. A check that calls it needs `pyarrow` and `shared`.
 *
 * @param path the table's folder
 * @param options.unique columns in which no two rows agree: `ORIGIN_KEY` for a raw table
 * @returns the checker's summary
 * @throws Error with all that the checker objects to
 */
export async function judgeTable(
  path: string,
  { unique }: { readonly unique?: readonly string[] } = {},
): Promise<string> {
  const uniqueness = unique === undefined ? [] : ['--unique', unique.join(',')];
  const { code, output } = await runCommand(PYTHON, [DELTA_CHECK, path, '--deep', '--plain', ...uniqueness]);
  if (code !== 0) throw new Error(`the checker objects to ${path} (exit ${code}):\n${output.trim()}`);
  return output.trim().split('\n').at(-1) ?? '';
}
