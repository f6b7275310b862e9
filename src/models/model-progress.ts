import { createHash } from 'node:crypto';
import type { SetTransaction } from '../delta/actions.ts';
import type { Snapshot } from '../delta/snapshot.ts';
import type { Model } from '../fleet/model.ts';
import type { ModelSource } from './model-sources.ts';

/**
 * What a model's table says of its making, in `txn` actions of the same commit as its rows (design 5.8): each source's version
 * under the source's table id, a hash of all that the rows depend on beside these, and how far what the sources know reaches.
 */
const SOURCE_PREFIX = 'model/source/';
const RECIPE_KEY = 'model/recipe';
const AS_OF_KEY = 'model/as_of';

/** Grows when the same definition gives other rows than before. */
const RECIPE_EDITION = 1;

type Txns = ReadonlyMap<string, number>;

/** A source at the version that it was looked at. */
type SourceAt = ModelSource & { readonly snapshot: Snapshot | undefined };

export type ModelPlan =
  | { readonly kind: 'up-to-date' }
  /** what changed after these versions, in the order of the sources; `asOf`: of the rows that there are */
  | { readonly kind: 'incremental'; readonly since: readonly number[]; readonly asOf: number | undefined }
  | { readonly kind: 'full'; readonly why: string };

/** Milliseconds; undefined where no source had rows, or nothing was made yet. */
export function asOfIn(txns: Txns): number | undefined {
  const asOf = txns.get(AS_OF_KEY);
  return asOf === NO_TIME ? undefined : asOf;
}

/** What was once said in `txn` can be said anew, but not taken back. */
const NO_TIME = Number.MIN_SAFE_INTEGER;

export function progressOf(
  sources: readonly SourceAt[],
  recipe: number,
  asOf: number | undefined,
): SetTransaction[] {
  return [
    ...sources.flatMap(({ snapshot }) =>
      snapshot === undefined
        ? []
        : [{ appId: SOURCE_PREFIX + snapshot.metadata.id, version: snapshot.version }],
    ),
    { appId: RECIPE_KEY, version: recipe },
    { appId: AS_OF_KEY, version: asOf ?? NO_TIME },
  ];
}

/** What a run has to do. The sources were looked at after the model's table. */
export function planModel(model: Model, sources: readonly SourceAt[], txns: Txns, recipe: number): ModelPlan {
  const made = txns.get(RECIPE_KEY);
  if (made === undefined) return { kind: 'full', why: 'the model is new' };
  if (made !== recipe)
    return {
      kind: 'full',
      why: 'its definition changed, or a source is another table than it was made from',
    };
  const since: number[] = [];
  for (const { entry, snapshot } of sources) {
    // the recipe knows which tables there are
    const version = snapshot === undefined ? 0 : (txns.get(SOURCE_PREFIX + snapshot.metadata.id) ?? 0);
    if (snapshot !== undefined && version > snapshot.version) {
      return {
        kind: 'full',
        why: `it was made from version ${version} of ${entry.path}, which is at ${snapshot.version}`,
      };
    }
    since.push(version);
  }
  const moved = sources.filter(({ snapshot }, i) => (snapshot?.version ?? 0) > since[i]!);
  if (moved.length === 0) return { kind: 'up-to-date' };
  if (model.every === undefined) return { kind: 'full', why: 'it has no windows' };
  const whole = moved.find(({ rules }) => rules === undefined);
  if (whole !== undefined)
    return { kind: 'full', why: `it does not say how changes of ${whole.entry.name} map to its windows` };
  return { kind: 'incremental', since, asOf: asOfIn(txns) };
}

/** A whole number below 2^48 for all that the rows depend on beside the sources' rows. */
export function recipeOf(model: Model, sources: readonly SourceAt[]): number {
  const { sql, columns, every, lookups, timeZone, partition } = model;
  const facts = [
    RECIPE_EDITION,
    sql,
    columns.map(({ name, type }) => [name, type]),
    every ?? null,
    lookups,
    timeZone,
    partition,
    sources.map(({ entry, rules, snapshot }) => [
      entry.name,
      entry.view?.sql ?? null,
      rules ?? null,
      entry.schema,
      snapshot?.metadata.id ?? null,
    ]),
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest().readUIntBE(0, 6);
}
