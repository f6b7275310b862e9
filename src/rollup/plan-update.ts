import type { AddFile } from '../delta/actions.ts';
import type { Rollup } from '../fleet/model.ts';
import { DataFileGoneError } from '../sql/sql-error.ts';
import { type ChangedWindows, findChangedWindows } from './changed-windows.ts';
import { type EventTimes, eventTimes, knownTimes } from './event-times.ts';
import type { GoldTable } from './gold-files.ts';
import { type GoldProgress, isMade, NO_WATERMARK, readProgress, recipeOf } from './gold-progress.ts';
import { type Limit, loadOf } from './limit.ts';
import { planRun } from './plan.ts';
import { readChanges } from './source-changes.ts';
import type { Source } from './source-query.ts';
import { windowEnd, windowGrid, windowStart } from './windows.ts';

/** A rollup's table at the version that an update is prepared on. */
export type Gold = GoldTable & { readonly rollup: Rollup };

/** What brings gold to its source: nothing of it is written yet, and it holds for any machine. */
export type UpdatePlan = {
  /** full: all rows of gold are replaced, whatever they are */
  readonly kind: 'incremental' | 'full';
  readonly why?: string;
  /** the source's table id */
  readonly source: string;
  /** what gold stands for afterwards */
  readonly progress: GoldProgress;
  /** the windows to recompute; undefined where there are none */
  readonly changed: ChangedWindows | undefined;
};

/** Undefined where gold stands there already. `limit`: what planning itself may read of the source, about. */
export async function planUpdate(gold: Gold, source: Source, limit: Limit): Promise<UpdatePlan | undefined> {
  const { id } = source.snapshot.metadata;
  const recipe = recipeOf(gold.rollup, source.table, id);
  const { txns } = gold.snapshot;
  const plan = planRun({
    progress: readProgress(txns, id),
    made: isMade(txns),
    sourceVersion: source.snapshot.version,
    recipe,
  });
  switch (plan.kind) {
    case 'up-to-date':
      return undefined;
    case 'full':
      return planFull(gold, source, recipe, plan.why);
    case 'incremental':
      return planIncrement(gold, source, plan.since, limit);
  }
}

async function planFull({ rollup }: Gold, source: Source, recipe: number, why: string): Promise<UpdatePlan> {
  const { version, metadata } = source.snapshot;
  const times = await eventTimes(source, source.snapshot.files);
  const progress = { sourceVersion: version, recipe, watermark: watermarkOf(times, rollup) };
  return { kind: 'full', why, source: metadata.id, progress, changed: allWindows(rollup, times) };
}

function allWindows(rollup: Rollup, times: EventTimes | undefined): ChangedWindows | undefined {
  if (times === undefined) return undefined;
  const grid = windowGrid(rollup.every, rollup.timeZone, times.min, times.max);
  const range = { from: windowStart(grid, times.min), to: windowEnd(grid, times.max) };
  return { grid, windows: { starts: [], ranges: [range] } };
}

async function planIncrement(
  gold: Gold,
  source: Source,
  since: GoldProgress,
  limit: Limit,
): Promise<UpdatePlan> {
  const { rollup } = gold;
  const { version, metadata } = source.snapshot;
  const changes = await readChanges(source.store, since.sourceVersion, version);
  if (changes.kind === 'unknown') return planFull(gold, source, since.recipe, changes.why);
  const { added, removed } = changes;
  const silent = [...added, ...removed].filter((file) => knownTimes(source, file) === undefined);
  if (loadOf(silent, limit) > 1) {
    // removed files are logged without bounds
    const why = `${silent.length} files that changed do not say their times, and are too many to be read for them`;
    return planFull(gold, source, since.recipe, why);
  }
  let changed: ChangedWindows | undefined;
  try {
    changed = await findChangedWindows(rollup, source, [...added, ...removed], limit);
  } catch (error) {
    if (!(error instanceof DataFileGoneError)) throw error;
    const why = `${error.key}, whose rows changed after version ${since.sourceVersion} of the source, was vacuumed`;
    return planFull(gold, source, since.recipe, why);
  }
  const watermark = await nextWatermark(source, rollup, since, { added, shrunk: removed.length > 0 });
  const progress = { sourceVersion: version, recipe: since.recipe, watermark };
  return { kind: 'incremental', source: metadata.id, progress, changed };
}

/** Greatest event time of the source less the lateness, in milliseconds. */
function watermarkOf(times: EventTimes | undefined, { lateness }: Rollup): number {
  return times === undefined ? NO_WATERMARK : times.max - lateness;
}

/** As long as no file went away, the greatest event time follows from the last watermark and the new files alone. */
async function nextWatermark(
  source: Source,
  rollup: Rollup,
  { watermark }: GoldProgress,
  { added, shrunk }: { readonly added: readonly AddFile[]; readonly shrunk: boolean },
): Promise<number> {
  if (shrunk) return watermarkOf(await eventTimes(source, source.snapshot.files), rollup);
  const fresh = await eventTimes(source, added);
  return Math.max(watermark, watermarkOf(fresh, rollup));
}
