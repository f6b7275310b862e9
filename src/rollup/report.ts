import { TributaryError } from '../errors.ts';
import type { Rollup } from '../fleet/model.ts';
import { rollupPath } from './open-rollup.ts';

/** A rollup by its name and its fleet's. */
export type RollupName = { readonly fleet: string; readonly rollup: string };

export type RollupReport = {
  /** its path in the lake: `weather/daily` */
  readonly rollup: string;
  /**
   * 'dropped': another run brought gold as far as this one would have; 'large': nothing was done, for it is more than one run
   * should take on
   */
  readonly kind: 'up-to-date' | 'incremental' | 'full' | 'dropped' | 'large';
  /** why all was recomputed, or why nothing could be done */
  readonly why?: string;
  /** the source's version that gold now stands for; undefined where there is no source yet */
  readonly sourceVersion: number | undefined;
  /** windows recomputed, and their gold rows */
  readonly windows: number;
  readonly rows: number;
  /** rows of other windows whose `final` changed, because the watermark moved */
  readonly finalized: number;
  /** data files of the source that were read, and of gold that were replaced */
  readonly filesRead: number;
  readonly filesReplaced: number;
};

/** Another run, or a compaction of gold, may come between; many in a row are a fault. */
export const MAX_ATTEMPTS = 5;

/** The report of a run that changed nothing. */
export function nothingDone(
  rollup: Rollup,
  kind: RollupReport['kind'],
  sourceVersion: number | undefined,
  why?: string,
): RollupReport {
  return {
    rollup: rollupPath(rollup),
    kind,
    ...(why === undefined ? {} : { why }),
    sourceVersion,
    windows: 0,
    rows: 0,
    finalized: 0,
    filesRead: 0,
    filesReplaced: 0,
  };
}

export function missingSource(rollup: Rollup): RollupReport {
  return nothingDone(rollup, 'up-to-date', undefined, 'the source is not there yet');
}

export function lostTooOften(rollup: Rollup): TributaryError {
  return new TributaryError(
    `rollup ${rollupPath(rollup)}: others rewrote it ${MAX_ATTEMPTS} times meanwhile; run it again`,
    { retriable: true },
  );
}
