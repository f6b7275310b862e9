import { LogGoneError, VersionGoneError } from '../delta/errors.ts';
import { UsageError } from '../errors.ts';
import type { Rollup, Table } from '../fleet/model.ts';
import { DataFileGoneError } from '../sql/sql-error.ts';
import { recipeOf } from './gold-progress.ts';
import { openSourceAt, placeOf, type RollupDeps, rollupPath } from './open-rollup.ts';
import {
  pieceOf,
  type PieceResult,
  readPlan,
  readResult,
  type StagedPlan,
  writeResult,
} from './staged-plan.ts';
import { writeRecomputed } from './update.ts';

export type PieceReport = { readonly rollup: string; readonly plan: string; readonly piece: number } & (
  | { readonly kind: 'made'; readonly windows: number; readonly rows: number }
  | { readonly kind: 'stale'; readonly why: string }
);

/**
 * Makes gold's rows of one piece, from the source at the plan's version. They are nobody's until the pieces are joined. A piece that was
 * made stays as it is.
 *
 * @param piece from 0 on
 * @throws UsageError for a piece that the plan does not have
 */
export async function makePiece(
  rollup: Rollup,
  table: Table,
  { plan: id, piece }: { readonly plan: string; readonly piece: number },
  deps: RollupDeps,
): Promise<PieceReport> {
  const { store } = placeOf(rollup, deps.lake);
  const about = { rollup: rollupPath(rollup), plan: id, piece };
  const plan = await readPlan(store, id, deps);
  if (plan === undefined) return { ...about, kind: 'stale', why: `there is no plan ${id}` };
  if (!Number.isInteger(piece) || piece < 0 || piece > plan.cuts.length)
    throw new UsageError(
      `plan ${id} of rollup ${about.rollup} has no piece ${piece}: it has 0 to ${plan.cuts.length}`,
    );
  let result = await readResult(store, id, piece, deps);
  if (result === undefined) {
    result = await make(rollup, table, plan, piece, deps);
    await writeResult(store, id, piece, result, deps);
  }
  return result.kind === 'stale'
    ? { ...about, ...result }
    : { ...about, kind: 'made', windows: result.windows, rows: result.rows };
}

async function make(
  rollup: Rollup,
  table: Table,
  plan: StagedPlan,
  piece: number,
  deps: RollupDeps,
): Promise<PieceResult> {
  if (plan.progress.recipe !== recipeOf(rollup, table, plan.source))
    return { kind: 'stale', why: 'the definition changed meanwhile' };
  const changed = pieceOf(rollup, plan, piece);
  const { sourceVersion, watermark } = plan.progress;
  try {
    const source = await openSourceAt(table, sourceVersion, deps);
    if (source?.snapshot.metadata.id !== plan.source)
      return { kind: 'stale', why: 'the source is another table by now' };
    const recomputed = await writeRecomputed(placeOf(rollup, deps.lake), source, changed, watermark, deps);
    return { kind: 'made', ...recomputed, filesRead: source.read.size };
  } catch (error) {
    if (isGone(error))
      return { kind: 'stale', why: `version ${sourceVersion} of the source is gone: ${error.message}` };
    throw error;
  }
}

function isGone(error: unknown): error is Error {
  return (
    error instanceof DataFileGoneError || error instanceof VersionGoneError || error instanceof LogGoneError
  );
}
