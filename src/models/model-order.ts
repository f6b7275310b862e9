import { UsageError } from '../errors.ts';
import type { Fleet, Model } from '../fleet/model.ts';
import { lakeEntries } from '../lake/lake-entries.ts';
import { findSources, modelPath, type ModelSource } from './model-sources.ts';

export type PlannedModel = {
  readonly model: Model;
  readonly sources: readonly ModelSource[];
  /** how far ahead of arrival any time in the lake may be, in milliseconds */
  readonly ahead: number;
};

/**
 * Every model of the fleets after those that it reads, otherwise as they are defined.
 *
 * Rejects with a `UsageError` for SQL that is refused, and where models read each other in a circle.
 */
export async function orderModels(fleets: readonly Fleet[]): Promise<readonly PlannedModel[]> {
  const entries = lakeEntries(fleets);
  const ahead = Math.max(0, ...entries.map((entry) => entry.ahead ?? 0));
  const all = new Map<string, PlannedModel>();
  for (const model of fleets.flatMap(({ models }) => Object.values(models)))
    all.set(modelPath(model), { model, sources: await findSources(model, entries), ahead });
  const ordered: PlannedModel[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const planned = all.get(path);
    if (planned === undefined || done.has(path)) return;
    if (trail.includes(path)) {
      const circle = [...trail.slice(trail.indexOf(path)), path];
      throw new UsageError(`models read each other in a circle: ${circle.join(' → ')}`);
    }
    for (const { entry } of planned.sources) visit(entry.path, [...trail, path]);
    done.add(path);
    ordered.push(planned);
  };
  for (const path of all.keys()) visit(path, []);
  return ordered;
}
