import type { ModelReport } from '../../src/models/run-model.ts';
import type { JoinReport } from '../../src/rollup/join-pieces.ts';
import type { PieceReport } from '../../src/rollup/make-piece.ts';
import type { PlannedPieces } from '../../src/rollup/plan-pieces.ts';
import type { RollupName, RollupReport } from '../../src/rollup/report.ts';

/** Which to run: all rollups and models, a fleet's, or one; `only`: no rollups. */
export type RunEvent = {
  readonly fleet?: string;
  readonly rollup?: string;
  readonly model?: string;
  readonly only?: 'models';
};

/** One step of a rollup that is too large for one invocation: plan it, make a piece of the plan, join the pieces. */
export type PiecesEvent = RollupName &
  (
    | { readonly step: 'plan' }
    | { readonly step: 'piece'; readonly plan: string; readonly piece: number }
    | { readonly step: 'join'; readonly plan: string }
  );

export type RollupEvent = RunEvent | PiecesEvent;

export type RunAnswer = {
  readonly reports: readonly RollupReport[];
  readonly models: readonly ModelReport[];
  /** what was left, to be made in pieces */
  readonly large: readonly RollupName[];
};
export type RollupAnswer = RunAnswer | PlannedPieces | PieceReport | JoinReport;
