import type { Rollup, Table } from '../fleet/model.ts';
import { cutsOf } from './cut-pieces.ts';
import { standingOf } from './gold-progress.ts';
import { type Limit, LIMIT } from './limit.ts';
import { openRollup, placeOf, type RollupDeps } from './open-rollup.ts';
import { planUpdate } from './plan-update.ts';
import { writePlan } from './staged-plan.ts';

/** A plan by its id, and how many pieces it has: 0 where there is nothing to do. */
export type PlannedPieces = { readonly plan: string; readonly pieces: number };

/**
 * Plans what `runRollup` finds too large for one run: `makePiece` makes each piece, anywhere, in any order, as often as it takes,
 * and `joinPieces` commits them. The source is that of now, however long that lasts. Gold stays as it is.
 */
export async function planPieces(
  rollup: Rollup,
  table: Table,
  deps: RollupDeps,
  limit: Limit = LIMIT,
): Promise<PlannedPieces> {
  const plan = deps.uuid();
  const open = await openRollup(placeOf(rollup, deps.lake), table, deps);
  const update = open && (await planUpdate(open.gold, open.source, limit));
  if (open === undefined || update === undefined) return { plan, pieces: 0 };
  const { gold, source } = open;
  const { changed, ...rest } = update;
  const cuts = cutsOf(source, update, limit);
  const staged = {
    ...rest,
    at: deps.clock(),
    gold: gold.snapshot.metadata.id,
    standing: standingOf(gold.snapshot.txns, update.source),
    ranges: changed?.windows.ranges ?? [],
    cuts,
  };
  await writePlan(gold.store, plan, staged, deps);
  return { plan, pieces: cuts.length + 1 };
}
