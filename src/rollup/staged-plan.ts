import type { DeltaDeps } from '../delta/deps.ts';
import { withRetries } from '../delta/retry.ts';
import type { Rollup } from '../fleet/model.ts';
import { type ObjectStore, prefixedStore } from '../stores/object-store.ts';
import type { ChangedWindows } from './changed-windows.ts';
import type { GoldProgress, Standing } from './gold-progress.ts';
import type { UpdatePlan } from './plan-update.ts';
import type { Recomputed } from './update.ts';
import { clipRanges, startsIn, type TimeRange } from './window-set.ts';
import { type WindowGrid, windowGrid } from './windows.ts';

/**
 * A plan whose pieces are made by invocations of their own, and what they made, as JSON beside gold's data: in a folder that
 * no reader of the table looks into. What is left of it is swept with the files that it speaks of.
 */
const FOLDER = '_pieces/';

export type StagedPlan = {
  /** when it was made, in milliseconds */
  readonly at: number;
  readonly kind: UpdatePlan['kind'];
  readonly why?: string;
  /** table ids */
  readonly gold: string;
  readonly source: string;
  readonly progress: GoldProgress;
  /** what gold said of its making when the plan was made */
  readonly standing: Standing;
  /** what the windows cover, and the windows that pieces begin with but for the first */
  readonly ranges: readonly TimeRange[];
  readonly cuts: readonly number[];
};

/** What came of a piece; stale: the plan no longer holds, nothing that is made by it is of use. */
export type PieceResult =
  | ({ readonly kind: 'made'; readonly filesRead: number } & Recomputed)
  | { readonly kind: 'stale'; readonly why: string };

export async function writePlan(store: ObjectStore, id: string, plan: StagedPlan, deps: DeltaDeps) {
  await withRetries(() => folderOf(store, id).put('plan.json', toBytes(plan)), deps);
}

/** Undefined where there is none, or no more. */
export async function readPlan(
  store: ObjectStore,
  id: string,
  deps: DeltaDeps,
): Promise<StagedPlan | undefined> {
  return read<StagedPlan>(folderOf(store, id), 'plan.json', deps);
}

/** The first result of a piece stays: whoever makes it again made files that nobody will refer to. */
export async function writeResult(
  store: ObjectStore,
  id: string,
  piece: number,
  result: PieceResult,
  deps: DeltaDeps,
) {
  await withRetries(() => folderOf(store, id).putIfAbsent(`${piece}.json`, toBytes(result)), deps);
}

export async function readResult(
  store: ObjectStore,
  id: string,
  piece: number,
  deps: DeltaDeps,
): Promise<PieceResult | undefined> {
  return read<PieceResult>(folderOf(store, id), `${piece}.json`, deps);
}

/** Deletes what was staged before a time, in milliseconds: its data files are not younger. */
export async function sweepPlans(store: ObjectStore, before: number, deps: DeltaDeps): Promise<number> {
  const keys: string[] = [];
  for await (const { key, modifiedAt } of store.list(FOLDER)) if (modifiedAt < before) keys.push(key);
  for (const key of keys) await withRetries(() => store.delete(key), deps);
  return keys.length;
}

/** The plan's windows, all of them. */
export function windowsOf(rollup: Rollup, { ranges }: StagedPlan): ChangedWindows | undefined {
  const grid = gridOver(rollup, ranges);
  return grid && { grid, windows: { starts: [], ranges } };
}

/** The windows of one piece, which may be none. */
export function pieceOf(rollup: Rollup, plan: StagedPlan, piece: number): ChangedWindows | undefined {
  const { ranges, cuts } = plan;
  const part = clipRanges(ranges, { from: cuts[piece - 1] ?? -Infinity, to: cuts[piece] ?? Infinity });
  const grid = gridOver(rollup, part);
  return grid && { grid, windows: { starts: startsIn(grid, part), ranges: part } };
}

function gridOver({ every, timeZone }: Rollup, ranges: readonly TimeRange[]): WindowGrid | undefined {
  const [first, last] = [ranges[0], ranges.at(-1)];
  return first && last && windowGrid(every, timeZone, first.from, last.to - 1);
}

function folderOf(store: ObjectStore, id: string): ObjectStore {
  return prefixedStore(store, `${FOLDER}${id}/`);
}

async function read<T>(store: ObjectStore, key: string, deps: DeltaDeps): Promise<T | undefined> {
  const bytes = await withRetries(() => store.get(key), deps);
  // nobody else writes there
  return bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as T);
}

function toBytes(value: StagedPlan | PieceResult): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
