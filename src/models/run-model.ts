import { createTable } from '../delta/create-table.ts';
import { loadSnapshot } from '../delta/snapshot.ts';
import { TributaryError } from '../errors.ts';
import { modelSchema } from '../fleet/index.ts';
import { commitGold } from '../rollup/commit-gold.ts';
import type { GoldTable } from '../rollup/gold-files.ts';
import { prefixedStore } from '../stores/object-store.ts';
import type { ModelDeps } from './model-deps.ts';
import { modelLayout } from './model-layout.ts';
import type { PlannedModel } from './model-order.ts';
import { planModel, progressOf, recipeOf } from './model-progress.ts';
import { modelPath } from './model-sources.ts';
import { openSource } from './open-source.ts';
import { prepareModel } from './prepare-model.ts';

export type ModelReport = {
  /** its path in the lake: `factory/oee_hourly` */
  readonly model: string;
  /** 'dropped': another run brought it as far as this one would have */
  readonly kind: 'up-to-date' | 'incremental' | 'full' | 'dropped';
  /** why all was made anew, or why nothing could be done */
  readonly why?: string;
  /** how far what its sources know reaches (milliseconds); undefined where they have no rows */
  readonly asOf?: number;
  /** windows made anew, where it has windows, and the rows that were written for them */
  readonly windows: number;
  readonly rows: number;
  /** data files of the sources that were read, and of its own that were replaced */
  readonly filesRead: number;
  readonly filesReplaced: number;
};

/** Another run, or a compaction, may come between; many in a row are a fault. */
const MAX_ATTEMPTS = 5;

/**
 * Brings a model's table up to its sources: makes the windows anew that changed since the versions that it names, or all of it,
 * and commits rows, versions and `as_of` at once. The result equals what making all of it over those versions would give, as far
 * as the model says truly how changes map to its windows.
 *
 * Rejects with a `UsageError` for SQL that is refused, with a `retriable` error where others rewrote the table all the time.
 */
export async function runModel(planned: PlannedModel, deps: ModelDeps): Promise<ModelReport> {
  const { model, ahead } = planned;
  const path = modelPath(model);
  const store = prefixedStore(deps.lake, `${path}/`);
  const schema = modelSchema(model);
  const layout = modelLayout(model);
  const nothing = { model: path, windows: 0, rows: 0, filesRead: 0, filesReplaced: 0 };
  let lost = 0;
  while (lost < MAX_ATTEMPTS) {
    // its own table first: the sources can only have gone on since
    const snapshot = await loadSnapshot(store);
    const sources = await Promise.all(planned.sources.map((source) => openSource(source, deps.lake)));
    if (sources.length > 0 && sources.every((source) => source.snapshot === undefined))
      return { ...nothing, kind: 'up-to-date', why: 'its sources are not there yet' };
    if (snapshot === undefined) {
      await createTable(store, { schema, partitionColumns: layout.partitionColumns, name: path }, deps);
      continue;
    }
    const recipe = recipeOf(model, sources);
    const plan = planModel(model, sources, snapshot.txns, recipe);
    if (plan.kind === 'up-to-date') return { ...nothing, kind: lost === 0 ? 'up-to-date' : 'dropped' };
    const table: GoldTable = { layout, store, snapshot };
    const { added, removed, asOf, ...done } = await prepareModel(
      { model, sources, plan, table, ahead },
      deps,
    );
    const commit = {
      operation: 'MODEL',
      kind: done.kind,
      added,
      removed,
      txns: progressOf(sources, recipe, asOf),
      schema,
      parameters: {
        // text: other engines take nothing else there
        sources: sources
          .map(({ entry, snapshot: at }) => `${entry.path}@${at?.version ?? 'none'}`)
          .join(', '),
      },
    } as const;
    if (await commitGold(table, commit, deps)) {
      return {
        model: path,
        ...done,
        ...(asOf === undefined ? {} : { asOf }),
        filesReplaced: removed.length,
      };
    }
    lost++;
  }
  throw new TributaryError(`model ${path}: others rewrote it ${MAX_ATTEMPTS} times meanwhile; run it again`, {
    retriable: true,
  });
}
