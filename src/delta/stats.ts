import { TributaryError } from '../errors.ts';
import type { AddFile } from './actions.ts';
import { CorruptLogError } from './errors.ts';

/** A file's statistics as they stand in the log: bounds are JSON values, in the forms of "Per-file Statistics". */
export type FileStats = {
  readonly numRecords?: number;
  readonly minValues?: Readonly<Record<string, unknown>>;
  readonly maxValues?: Readonly<Record<string, unknown>>;
  readonly nullCount?: Readonly<Record<string, unknown>>;
  readonly tightBounds?: boolean;
};

/** A file's statistics; none where its writer left them out. Longs beyond 2^53 and decimals come as the nearest double. */
export function parseStats(add: AddFile): FileStats {
  if (add.stats === undefined || add.stats === null || add.stats === '') return {};
  try {
    return JSON.parse(add.stats) as FileStats;
  } catch (error) {
    throw new CorruptLogError(add.path, 'its statistics are no JSON', { cause: error });
  }
}

/** Rows of a file, deleted ones taken off. @throws where the file's writer did not say */
export function recordCount(add: AddFile): number {
  const { numRecords } = parseStats(add);
  if (numRecords === undefined)
    throw new TributaryError(`file ${add.path} has no statistics: its rows are not known without reading it`);
  return numRecords - (add.deletionVector?.cardinality ?? 0);
}

/**
 * The least and greatest value of a timestamp column in a file, in ms since the epoch, or undefined where they are not
 * known (no statistics, or nothing but nulls). Bounds of others may be cut to ms: theirs hold up to the whole ms.
 */
export function timestampBounds(
  add: AddFile,
  column: string,
): { readonly min: number; readonly max: number } | undefined {
  const { minValues, maxValues } = parseStats(add);
  const [min, max] = [minValues?.[column], maxValues?.[column]];
  if (typeof min !== 'string' || typeof max !== 'string') return undefined;
  const bounds = { min: Date.parse(min), max: Date.parse(max) };
  return Number.isNaN(bounds.min) || Number.isNaN(bounds.max) ? undefined : bounds;
}
