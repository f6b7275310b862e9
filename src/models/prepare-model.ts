import type { AddFile } from '../delta/actions.ts';
import type { Model } from '../fleet/model.ts';
import { type GoldTable, rewriteGold, windowsIn, writeGold } from '../rollup/gold-files.ts';
import { readChanges } from '../rollup/source-changes.ts';
import { stepsOf } from '../rollup/steps.ts';
import { NO_WINDOWS, type WindowSet } from '../rollup/window-set.ts';
import { DataFileGoneError } from '../sql/sql-error.ts';
import { type ChangedSource, findDirtyWindows } from './changed-windows.ts';
import { checkColumns, makeAllRows, makeWindowRows, type Making } from './make-rows.ts';
import type { ModelDeps } from './model-deps.ts';
import { modelGrid, type NamedRun } from './model-grid.ts';
import type { ModelPlan } from './model-progress.ts';
import { arrivalIn, type OpenSource } from './open-source.ts';
import { filesFor, timedRows } from './source-filter.ts';
import { joinSpans, spanOf } from './source-span.ts';

/** What one commit will do to a model's table; its data files are written. */
export type ModelUpdate = {
  readonly kind: 'incremental' | 'full';
  readonly why?: string;
  readonly asOf: number | undefined;
  readonly removed: readonly AddFile[];
  readonly added: readonly AddFile[];
  readonly windows: number;
  readonly rows: number;
  readonly filesRead: number;
};

type Preparation = {
  readonly model: Model;
  readonly sources: readonly OpenSource[];
  readonly plan: Exclude<ModelPlan, { readonly kind: 'up-to-date' }>;
  readonly table: GoldTable;
  /** as in `PlannedModel` */
  readonly ahead: number;
};

export async function prepareModel(preparation: Preparation, deps: ModelDeps): Promise<ModelUpdate> {
  const { plan } = preparation;
  if (plan.kind === 'full') return makeAll(preparation, plan.why, deps);
  return makeChanged(preparation, plan, deps);
}

async function makeAll(
  { model, sources, table, ahead }: Preparation,
  why: string,
  deps: ModelDeps,
): Promise<ModelUpdate> {
  const asOf = greatest(sources.map((source) => arrivalIn(source, source.snapshot?.files ?? [])));
  const making: Making = { model, sources, sql: deps.sql, asOf, read: new Set() };
  await checkColumns(making);
  const full = { kind: 'full', why, asOf, removed: table.snapshot.files } as const;
  if (model.every === undefined) {
    const rows = await makeAllRows(making);
    const added = rows.length === 0 ? [] : await writeGold(table, rows, deps);
    return { ...full, added, windows: 0, rows: rows.length, filesRead: making.read.size };
  }
  const spans = await Promise.all(
    sources.map((source) =>
      spanOf(withTime(source), source.snapshot?.files ?? [], (asOf ?? -Infinity) + ahead, deps.sql),
    ),
  );
  const span = joinSpans([
    ...spans.filter((each) => each !== undefined),
    ...(asOf === undefined ? [] : [{ from: asOf, to: asOf }]),
  ]);
  if (span === undefined) return { ...full, added: [], windows: 0, rows: 0, filesRead: 0 };
  const grid = modelGrid(model, span.from, span.to);
  const all = { starts: [], ranges: [{ from: grid[0]!.from, to: grid.at(-1)!.to }] };
  return { ...full, ...(await writeWindows(making, table, grid, all, deps)) };
}

/** A source whose changes map to no windows still says by its time which windows there are. */
function withTime(source: OpenSource): OpenSource {
  const { time } = source.entry;
  return source.rules !== undefined || time === undefined
    ? source
    : { ...source, rules: [{ kind: 'eventTime', time }] };
}

async function makeChanged(
  preparation: Preparation,
  plan: ModelPlan & { readonly kind: 'incremental' },
  deps: ModelDeps,
): Promise<ModelUpdate> {
  const { model, sources, table, ahead } = preparation;
  const changes: ChangedSource[] = [];
  const arrivals: (number | undefined)[] = [plan.asOf];
  let shrunk = false;
  for (const [i, source] of sources.entries()) {
    const since = plan.since[i] ?? 0;
    if (source.snapshot === undefined || source.snapshot.version === since) continue;
    const changed = await readChanges(source.store, since, source.snapshot.version);
    if (changed.kind === 'unknown') return makeAll(preparation, `${source.entry.path}: ${changed.why}`, deps);
    const { added, removed } = changed;
    arrivals.push(arrivalIn(source, added));
    shrunk ||= removed.length > 0;
    if (source.rules !== undefined && added.length + removed.length > 0)
      changes.push({ source: { ...source, rules: source.rules }, added, removed });
  }
  const asOf = greatest(
    shrunk ? sources.map((source) => arrivalIn(source, source.snapshot?.files ?? [])) : arrivals,
  );
  let dirty;
  try {
    dirty = await findDirtyWindows(model, changes, { before: plan.asOf, now: asOf, ahead }, deps.sql);
  } catch (error) {
    if (!(error instanceof DataFileGoneError)) throw error;
    return makeAll(preparation, `${error.key}, whose rows changed since, was vacuumed`, deps);
  }
  const making: Making = { model, sources, sql: deps.sql, asOf, read: new Set() };
  const rewrite = await rewriteGold(table, dirty?.windows ?? NO_WINDOWS, undefined, deps);
  const made =
    dirty === undefined
      ? { added: [], rows: 0, filesRead: 0 }
      : await writeWindows(making, table, dirty.grid, dirty.windows, deps);
  return {
    kind: 'incremental',
    asOf,
    removed: rewrite.removed,
    added: [...rewrite.added, ...made.added],
    windows: dirty?.windows.starts.length ?? 0,
    rows: made.rows,
    filesRead: made.filesRead,
  };
}

/** `windows`: how many have rows. */
async function writeWindows(
  making: Making,
  table: GoldTable,
  grid: readonly NamedRun[],
  windows: WindowSet,
  deps: ModelDeps,
) {
  const added: AddFile[] = [];
  let [count, rows] = [0, 0];
  const timed = making.sources.flatMap((source) => timedRows(source, filesFor(source, windows.ranges)));
  for (const step of windows.ranges.length === 0 ? [] : stepsOf(windows, grid, timed)) {
    const batch = await makeWindowRows(making, grid, step.ranges);
    if (batch.length === 0) continue;
    added.push(...(await writeGold(table, batch, deps)));
    count += windowsIn(batch);
    rows += batch.length;
  }
  return { added, rows, windows: count, filesRead: making.read.size };
}

function greatest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((a, b) => Math.max(a, b));
}
