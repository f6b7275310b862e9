import { createHash } from 'node:crypto';
import type { SetTransaction } from '../delta/actions.ts';
import type { Rollup, Table } from '../fleet/model.ts';
import { rollupSchema } from '../fleet/index.ts';

/**
 * What gold says of its making, in `txn` actions of the same commit as its rows (design 5.8): the source's version under the
 * source's table id, a hash of the definition and that id, and the watermark that decided `final`.
 */
export type GoldProgress = {
  readonly sourceVersion: number;
  readonly recipe: number;
  /** milliseconds */
  readonly watermark: number;
};

/** null: it says nothing */
export type Standing = { readonly sourceVersion: number | null; readonly recipe: number | null };

/** The watermark of a source without rows. `txn` versions are whole numbers, which a double has to hold exactly. */
export const NO_WATERMARK = Number.MIN_SAFE_INTEGER;

/** Grows when the same definition gives other rows than before. */
const RECIPE_EDITION = 1;
const SOURCE_PREFIX = 'rollup/source/';
const RECIPE_KEY = 'rollup/recipe';
const WATERMARK_KEY = 'rollup/watermark';

function sourceKey(tableId: string): string {
  return `${SOURCE_PREFIX}${tableId}`;
}

/** Whether gold was ever made, from whatever source. */
export function isMade(txns: ReadonlyMap<string, number>): boolean {
  return Array.from(txns.keys()).some((appId) => appId.startsWith(SOURCE_PREFIX));
}

/** What gold says of the source with this table id; undefined where it was never made from it. */
export function readProgress(txns: ReadonlyMap<string, number>, tableId: string): GoldProgress | undefined {
  const sourceVersion = txns.get(sourceKey(tableId));
  if (sourceVersion === undefined) return undefined;
  return {
    sourceVersion,
    recipe: txns.get(RECIPE_KEY) ?? 0,
    watermark: txns.get(WATERMARK_KEY) ?? NO_WATERMARK,
  };
}

/** What gold says of its making from a source, as plain data: it tells whether anything came between. */
export function standingOf(txns: ReadonlyMap<string, number>, tableId: string): Standing {
  return {
    sourceVersion: txns.get(sourceKey(tableId)) ?? null,
    recipe: txns.get(RECIPE_KEY) ?? null,
  };
}

export function progressTxns(tableId: string, progress: GoldProgress): SetTransaction[] {
  return [
    { appId: sourceKey(tableId), version: progress.sourceVersion },
    { appId: RECIPE_KEY, version: progress.recipe },
    { appId: WATERMARK_KEY, version: progress.watermark },
  ];
}

/**
 * A whole number below 2^48 for all that gold's rows depend on beside the source's rows. The table id is part of it: a source that was
 * replaced and then restored is met again under its old id, with gold made from the other one.
 */
export function recipeOf(rollup: Rollup, source: Table, tableId: string): number {
  const { every, by, measures, lateness, timeZone, partition } = rollup;
  const facts = [
    RECIPE_EDITION,
    tableId,
    [every.count, every.unit],
    by,
    Object.entries(measures).map(([name, measure]) => [
      name,
      measure.kind,
      'column' in measure ? measure.column : null,
    ]),
    lateness,
    timeZone,
    partition,
    source.eventTime,
    source.identity,
    rollupSchema(rollup, source),
  ];
  const hash = createHash('sha256').update(JSON.stringify(facts)).digest();
  return hash.readUIntBE(0, 6);
}
