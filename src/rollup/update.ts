import type { AddFile } from '../delta/actions.ts';
import type { DeltaDeps } from '../delta/deps.ts';
import type { ChangedWindows } from './changed-windows.ts';
import { type GoldRewrite, rewriteGold, windowsIn, writeGold } from './gold-files.ts';
import { NO_WATERMARK, readProgress } from './gold-progress.ts';
import type { Gold, UpdatePlan } from './plan-update.ts';
import { recompute } from './recompute.ts';
import type { Source } from './source-query.ts';
import { NO_WINDOWS } from './window-set.ts';

/** Gold's new rows in files that nobody refers to yet. */
export type Recomputed = {
  readonly added: readonly AddFile[];
  /** how many windows have rows, and these */
  readonly windows: number;
  readonly rows: number;
};

/**
 * Writes the rows of windows.
 *
 * @param watermark milliseconds; windows that end at or before it are final
 */
export async function writeRecomputed(
  gold: Omit<Gold, 'snapshot'>,
  source: Source,
  changed: ChangedWindows | undefined,
  watermark: number,
  deps: DeltaDeps,
): Promise<Recomputed> {
  const added: AddFile[] = [];
  let [windows, rows] = [0, 0];
  if (changed === undefined) return { added, windows, rows };
  for await (const batch of recompute(gold.rollup, source, changed, watermark)) {
    added.push(...(await writeGold(gold, batch, deps)));
    rows += batch.length;
    windows += windowsIn(batch);
  }
  return { added, windows, rows };
}

/** Makes room in gold, as it is now, for the rows of the plan's windows, and sets `final` where the watermark moved. */
export async function makeRoom(gold: Gold, plan: UpdatePlan, deps: DeltaDeps): Promise<GoldRewrite> {
  if (plan.kind === 'full') return { removed: gold.snapshot.files, added: [], finalized: 0 };
  const { watermark } = plan.progress;
  const before = readProgress(gold.snapshot.txns, plan.source)?.watermark ?? NO_WATERMARK;
  const flips = { from: Math.min(before, watermark), to: Math.max(before, watermark) };
  return rewriteGold(gold, plan.changed?.windows ?? NO_WINDOWS, { watermark, flips }, deps);
}
