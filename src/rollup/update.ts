import type { AddFile } from '../delta/actions.ts';
import type { DeltaDeps } from '../delta/deps.ts';
import type { Rollup } from '../fleet/model.ts';
import { DataFileGoneError } from '../sql/sql-error.ts';
import { type ChangedWindows, findChangedWindows } from './changed-windows.ts';
import { type EventTimes, eventTimes } from './event-times.ts';
import { type GoldTable, rewriteGold, windowsIn, writeGold } from './gold-files.ts';
import { type GoldProgress, isMade, NO_WATERMARK, readProgress, recipeOf } from './gold-progress.ts';
import { planRun } from './plan.ts';
import { recompute } from './recompute.ts';
import { readChanges } from './source-changes.ts';
import type { Source } from './source-query.ts';
import { NO_WINDOWS } from './window-set.ts';
import { windowGrid } from './windows.ts';

/** A rollup's table at the version that an update is prepared on. */
export type Gold = GoldTable & { readonly rollup: Rollup };

/** What one commit will do to gold; its data files are written. */
export type GoldUpdate = {
  readonly kind: 'incremental' | 'full';
  readonly why?: string;
  readonly progress: GoldProgress;
  readonly removed: readonly AddFile[];
  readonly added: readonly AddFile[];
  /** windows recomputed, and their rows */
  readonly windows: number;
  readonly rows: number;
  readonly finalized: number;
};

/** Prepares what brings gold up to the source; undefined where it stands there already. */
export async function prepareUpdate(
  gold: Gold,
  source: Source,
  deps: DeltaDeps,
): Promise<GoldUpdate | undefined> {
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
      return prepareFull(gold, source, recipe, plan.why, deps);
    case 'incremental':
      return prepareIncrement(gold, source, plan.since, deps);
  }
}

async function prepareFull(
  gold: Gold,
  source: Source,
  recipe: number,
  why: string,
  deps: DeltaDeps,
): Promise<GoldUpdate> {
  const { rollup, snapshot } = gold;
  const times = await eventTimes(source, source.snapshot.files);
  const watermark = watermarkOf(times, rollup);
  const progress = { sourceVersion: source.snapshot.version, recipe, watermark };
  const full = { kind: 'full', why, progress, removed: snapshot.files, finalized: 0 } as const;
  if (times === undefined) return { ...full, added: [], windows: 0, rows: 0 };
  const grid = windowGrid(rollup.every, rollup.timeZone, times.min, times.max);
  const all = { starts: [], ranges: [{ from: grid[0]!.from, to: grid.at(-1)!.to }] };
  return { ...full, ...(await writeRecomputed(gold, source, { grid, windows: all }, watermark, deps)) };
}

async function prepareIncrement(
  gold: Gold,
  source: Source,
  since: GoldProgress,
  deps: DeltaDeps,
): Promise<GoldUpdate> {
  const { rollup } = gold;
  const { version } = source.snapshot;
  const changes = await readChanges(source.store, since.sourceVersion, version);
  if (changes.kind === 'unknown') return prepareFull(gold, source, since.recipe, changes.why, deps);
  const { added, removed } = changes;
  let changed: ChangedWindows | undefined;
  try {
    changed = await findChangedWindows(rollup, source, [...added, ...removed]);
  } catch (error) {
    if (!(error instanceof DataFileGoneError)) throw error;
    const why = `${error.key}, whose rows changed after version ${since.sourceVersion} of the source, was vacuumed`;
    return prepareFull(gold, source, since.recipe, why, deps);
  }
  const watermark = await nextWatermark(source, rollup, since, { added, shrunk: removed.length > 0 });
  const flips = { from: Math.min(since.watermark, watermark), to: Math.max(since.watermark, watermark) };
  const rewrite = await rewriteGold(gold, changed?.windows ?? NO_WINDOWS, { watermark, flips }, deps);
  const recomputed =
    changed === undefined ? NOTHING : await writeRecomputed(gold, source, changed, watermark, deps);
  return {
    kind: 'incremental',
    progress: { sourceVersion: version, recipe: since.recipe, watermark },
    removed: rewrite.removed,
    added: [...rewrite.added, ...recomputed.added],
    windows: changed?.windows.starts.length ?? 0,
    rows: recomputed.rows,
    finalized: rewrite.finalized,
  };
}

const NOTHING = { added: [], windows: 0, rows: 0 };

async function writeRecomputed(
  gold: Gold,
  source: Source,
  windows: ChangedWindows,
  watermark: number,
  deps: DeltaDeps,
) {
  const added: AddFile[] = [];
  let [count, rows] = [0, 0];
  for await (const batch of recompute(gold.rollup, source, windows, watermark)) {
    added.push(...(await writeGold(gold, batch, deps)));
    rows += batch.length;
    count += windowsIn(batch);
  }
  return { added, rows, windows: count };
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
