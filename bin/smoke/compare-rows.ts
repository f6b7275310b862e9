import type { ExpectedTable } from './expected-rows.ts';
import type { FoundRow } from './find-rows.ts';

/** Of one table's expected rows. */
export type RowCounts = {
  /** acknowledged, and not there */
  readonly lost: number;
  /** there more often than they were attempted */
  readonly doubled: number;
  /** there, each as often as it is */
  readonly standing: number;
  /** there at all */
  readonly visible: number;
};

/** Acknowledged ≤ rows ≤ attempts, of each row (design 2, lost and doubled). */
export function compareRows(
  { rows }: Pick<ExpectedTable, 'rows'>,
  found: ReadonlyMap<string, Pick<FoundRow, 'times'>>,
): RowCounts {
  let [lost, doubled, standing, visible] = [0, 0, 0, 0];
  for (const [text, { attempts, acknowledgements }] of rows) {
    const times = found.get(text)?.times ?? 0;
    standing += times;
    visible += times > 0 ? 1 : 0;
    lost += Math.max(0, acknowledgements - times);
    doubled += Math.max(0, times - attempts);
  }
  return { lost, doubled, standing, visible };
}
