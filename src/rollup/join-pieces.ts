import type { AddFile } from '../delta/actions.ts';
import { mapInOrder } from '../delta/in-order.ts';
import { loadSnapshot } from '../delta/snapshot.ts';
import { deletedFileRetention } from '../delta/table-properties.ts';
import type { Rollup, Table } from '../fleet/model.ts';
import { commitUpdate } from './commit-update.ts';
import { recipeOf, readProgress, standingOf } from './gold-progress.ts';
import { placeOf, type RollupDeps, rollupPath } from './open-rollup.ts';
import type { Gold, UpdatePlan } from './plan-update.ts';
import { lostTooOften, MAX_ATTEMPTS, nothingDone, type RollupReport } from './report.ts';
import { type PieceResult, readPlan, readResult, type StagedPlan, windowsOf } from './staged-plan.ts';

/** Results that are read at a time. */
const WIDTH = 16;

/** stale: the plan no longer holds, and gold stayed as it was; a new plan does the work. */
export type JoinReport =
  RollupReport | { readonly rollup: string; readonly kind: 'stale'; readonly why: string };

/**
 * Brings gold to the plan's version of the source by one commit, from the pieces that were made. Gold may have been compacted since, or
 * brought part of the way; where it is at that version or later by now, the pieces are dropped. Who joins again finds that.
 *
 * Rejects with a `retriable` error where others rewrote gold all the time.
 */
export async function joinPieces(
  rollup: Rollup,
  table: Table,
  id: string,
  deps: RollupDeps,
): Promise<JoinReport> {
  const place = placeOf(rollup, deps.lake);
  const stale = (why: string): JoinReport => ({ rollup: rollupPath(rollup), kind: 'stale', why });
  const plan = await readPlan(place.store, id, deps);
  if (plan === undefined) return stale(`there is no plan ${id}`);
  let pieces: Pieces | undefined;
  for (let lost = 0; lost < MAX_ATTEMPTS; lost++) {
    const snapshot = await loadSnapshot(place.store);
    if (snapshot?.metadata.id !== plan.gold) return stale('gold is another table by now');
    const gold: Gold = { ...place, snapshot };
    const course = judge(gold, table, plan, deps.clock());
    if (course === 'drop') return nothingDone(rollup, 'dropped', plan.progress.sourceVersion);
    if (course !== 'join') return stale(course.stale);
    pieces ??= await readPieces(place.store, id, plan, deps);
    if (pieces.stale !== undefined) return stale(pieces.stale);
    const update: UpdatePlan = {
      kind: plan.kind,
      ...(plan.why === undefined ? {} : { why: plan.why }),
      source: plan.source,
      progress: plan.progress,
      changed: windowsOf(rollup, plan),
    };
    const report = await commitUpdate({ gold, table, plan: update, ...pieces }, deps);
    if (report !== undefined) return report;
  }
  throw lostTooOften(rollup);
}

type Course = 'join' | 'drop' | { readonly stale: string };

/** Whether what the plan says still is what gold needs. */
function judge({ rollup, snapshot }: Gold, table: Table, plan: StagedPlan, now: number): Course {
  const { progress, standing, source } = plan;
  if (progress.recipe !== recipeOf(rollup, table, source))
    return { stale: 'the definition changed meanwhile' };
  const here = standingOf(snapshot.txns, source);
  const moved = here.sourceVersion !== standing.sourceVersion || here.recipe !== standing.recipe;
  if (moved) {
    const made = readProgress(snapshot.txns, source);
    if (made?.recipe !== progress.recipe) return { stale: 'gold was made by another definition meanwhile' };
    if (made.sourceVersion >= progress.sourceVersion) return 'drop';
    // between the two it changed in windows only that the plan has as well
    if (plan.kind === 'incremental' && made.sourceVersion < standing.sourceVersion!)
      return { stale: `gold was put back to version ${made.sourceVersion} of the source meanwhile` };
  }
  const hours = (milliseconds: number) => `${(milliseconds / 3_600_000).toFixed(1)} h`;
  const age = now - plan.at;
  const retention = deletedFileRetention(snapshot.metadata);
  if (age > retention / 2) {
    return {
      stale:
        `the plan is ${hours(age)} old, and what nobody refers to is kept for ${hours(retention)} ` +
        '(delta.deletedFileRetentionDuration): its pieces may be gone',
    };
  }
  return 'join';
}

type Pieces = {
  readonly recomputed: { readonly added: AddFile[]; readonly windows: number; readonly rows: number };
  readonly filesRead: number;
  readonly stale?: string;
};

async function readPieces(
  store: Gold['store'],
  id: string,
  { cuts }: StagedPlan,
  deps: RollupDeps,
): Promise<Pieces> {
  const added: AddFile[] = [];
  let [windows, rows, filesRead] = [0, 0, 0];
  let stale: string | undefined;
  const take = (piece: number, result: PieceResult | undefined) => {
    if (result === undefined) stale ??= `piece ${piece} was not made`;
    else if (result.kind === 'stale') stale ??= result.why;
    else {
      added.push(...result.added);
      windows += result.windows;
      rows += result.rows;
      filesRead += result.filesRead;
    }
  };
  let piece = 0;
  const numbers = Array.from({ length: cuts.length + 1 }, (_, i) => i);
  for await (const result of mapInOrder(numbers, WIDTH, (i) => readResult(store, id, i, deps)))
    take(piece++, result);
  return { recomputed: { added, windows, rows }, filesRead, ...(stale === undefined ? {} : { stale }) };
}
