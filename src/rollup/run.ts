import type { Rollup, Table } from '../fleet/model.ts';
import { commitUpdate } from './commit-update.ts';
import { cutsOf } from './cut-pieces.ts';
import { type Limit, LIMIT } from './limit.ts';
import { openRollup, placeOf, type RollupDeps } from './open-rollup.ts';
import { planUpdate } from './plan-update.ts';
import { lostTooOften, MAX_ATTEMPTS, missingSource, nothingDone, type RollupReport } from './report.ts';
import { writeRecomputed } from './update.ts';

/**
 * Brings a rollup up to its source (design 5.6–5.9): recomputes the windows that changed since the version that gold names, and
 * commits their rows, the source's version and the watermark at once. The result equals the full recompute over that
 * version. A run that dies leaves gold as it was; what it wrote is swept by vacuum.
 *
 * What is more than the limit, and can be cut, is left to `planPieces`.
 *
 * Rejects with a `retriable` error where others rewrote gold all the time.
 */
export async function runRollup(
  rollup: Rollup,
  table: Table,
  deps: RollupDeps,
  limit: Limit = LIMIT,
): Promise<RollupReport> {
  const place = placeOf(rollup, deps.lake);
  for (let lost = 0; lost < MAX_ATTEMPTS; lost++) {
    const open = await openRollup(place, table, deps);
    if (open === undefined) return missingSource(rollup);
    const { gold, source } = open;
    const { version } = source.snapshot;
    const plan = await planUpdate(gold, source, limit);
    if (plan === undefined) return nothingDone(rollup, lost === 0 ? 'up-to-date' : 'dropped', version);
    const cuts = cutsOf(source, plan, limit);
    if (cuts.length > 0) {
      const why = `${plan.why === undefined ? '' : `${plan.why}; `}it is work for ${cuts.length + 1} runs`;
      return nothingDone(rollup, 'large', version, why);
    }
    const recomputed = await writeRecomputed(gold, source, plan.changed, plan.progress.watermark, deps);
    const update = { gold, table, plan, recomputed, filesRead: source.read.size };
    const report = await commitUpdate(update, deps);
    if (report !== undefined) return report;
  }
  throw lostTooOften(rollup);
}
