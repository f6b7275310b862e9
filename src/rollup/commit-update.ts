import type { DeltaDeps } from '../delta/deps.ts';
import { rollupSchema } from '../fleet/index.ts';
import type { Table } from '../fleet/model.ts';
import { commitGold } from './commit-gold.ts';
import { progressTxns } from './gold-progress.ts';
import { rollupPath } from './open-rollup.ts';
import type { Gold, UpdatePlan } from './plan-update.ts';
import type { RollupReport } from './report.ts';
import { makeRoom, type Recomputed } from './update.ts';

/** What gold is to become, its new rows written. */
export type Update = {
  readonly gold: Gold;
  readonly table: Table;
  readonly plan: UpdatePlan;
  readonly recomputed: Recomputed;
  /** of the source */
  readonly filesRead: number;
};

/** Replaces the rows of the plan's windows in gold by one commit; undefined where another commit to gold came between. */
export async function commitUpdate(
  { gold, table, plan, recomputed, filesRead }: Update,
  deps: DeltaDeps,
): Promise<RollupReport | undefined> {
  const { kind, why, progress, changed } = plan;
  const { removed, added, finalized } = await makeRoom(gold, plan, deps);
  const commit = {
    operation: 'ROLLUP',
    kind,
    added: [...added, ...recomputed.added],
    removed,
    txns: progressTxns(plan.source, progress),
    schema: rollupSchema(gold.rollup, table),
    parameters: { source: plan.source, sourceVersion: progress.sourceVersion },
  } as const;
  if (!(await commitGold(gold, commit, deps))) return undefined;
  return {
    rollup: rollupPath(gold.rollup),
    kind,
    ...(why === undefined ? {} : { why }),
    sourceVersion: progress.sourceVersion,
    // windows that lost their last row were made anew, too
    windows: changed?.windows.starts.length || recomputed.windows,
    rows: recomputed.rows,
    finalized,
    filesRead,
    filesReplaced: removed.length,
  };
}
