import { UsageError } from '../errors.ts';
import { WINDOWS } from '../fleet/index.ts';
import type { ChangeRule, Model } from '../fleet/model.ts';
import type { LakeEntry } from '../lake/lake-entries.ts';
import { readRelations } from '../sql/read-relations.ts';

/** A change rule whose columns are all known. */
export type SourceRule =
  | { readonly kind: 'eventTime'; readonly time: string }
  | { readonly kind: 'overlap'; readonly from: string; readonly to: string; readonly margin: number }
  | {
      readonly kind: 'neighbours';
      readonly time: string;
      readonly key: readonly string[];
      readonly carry: number;
    };

/** A table of the lake that a model reads. */
export type ModelSource = {
  readonly entry: LakeEntry;
  /** whether the SQL reads the view of its current rows */
  readonly current: boolean;
  /** how its changes map to windows; undefined: they do not, the model is made whole */
  readonly rules: readonly SourceRule[] | undefined;
};

/** `model`: as messages and logs name it, `factory/oee_hourly`. */
export function modelPath({ fleet, name }: Model): string {
  return `${fleet}/${name}`;
}

/**
 * What a model reads, found from its text, each table once.
 *
 * Rejects with a `UsageError` that names the model for text that is no SELECT, and for names that the lake or the source does not have.
 */
export async function findSources(
  model: Model,
  entries: readonly LakeEntry[],
): Promise<readonly ModelSource[]> {
  const names = await relationsOf(model);
  const sources = new Map<LakeEntry, { names: string[]; current: boolean }>();
  for (const name of names) {
    if (name === WINDOWS || model.lookups.some((lookup) => lookup.name === name)) continue;
    const entry = entries.find((each) => each.name === name || each.view?.name === name);
    if (entry === undefined) {
      throw refuse(model, `its SQL reads ${name}, which neither the lake nor its lookups have`);
    }
    const source = sources.get(entry) ?? { names: [], current: false };
    source.names.push(name);
    source.current ||= name !== entry.name;
    sources.set(entry, source);
  }
  for (const name of Object.keys(model.changes)) {
    if (!names.includes(name)) throw refuse(model, `changes speak of ${name}, which its SQL does not read`);
  }
  if (model.every === undefined && names.includes(WINDOWS))
    throw refuse(model, `its SQL reads ${WINDOWS}: say every, which windows these are`);
  return Array.from(sources, ([entry, { names: own, current }]) => {
    const rules = own.map((name) => model.changes[name]);
    const known = rules.every((rule) => rule !== undefined);
    return {
      entry,
      current,
      rules: known ? rules.map((rule) => completeRule(model, rule, entry)) : undefined,
    };
  });
}

/** The text does not change, and DuckDB takes its time over it. */
const relations = new Map<string, readonly string[]>();

async function relationsOf(model: Model): Promise<readonly string[]> {
  const known = relations.get(model.sql);
  if (known !== undefined) return known;
  try {
    const found = await readRelations(model.sql);
    relations.set(model.sql, found);
    return found;
  } catch (cause) {
    throw refuse(model, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function completeRule(model: Model, rule: ChangeRule, entry: LakeEntry): SourceRule {
  const timestamp = (name: string): string => {
    const type = entry.schema.fields.find((field) => field.name === name)?.type;
    if (type !== 'timestamp')
      throw refuse(model, `changes of ${entry.name} speak of ${name}, which is no timestamp of it`);
    return name;
  };
  const time = (name: string | undefined): string => {
    if (name !== undefined) return timestamp(name);
    if (entry.time !== undefined) return entry.time;
    throw refuse(model, `${entry.name} has no time of its own: changes of it have to name a column`);
  };
  switch (rule.kind) {
    case 'eventTime':
      return { kind: 'eventTime', time: time(rule.column) };
    case 'overlap':
      return { ...rule, from: timestamp(rule.from), to: timestamp(rule.to) };
    case 'neighbours': {
      const missing = rule.key.find((name) => !entry.schema.fields.some((field) => field.name === name));
      if (missing !== undefined)
        throw refuse(model, `changes of ${entry.name} speak of ${missing}, which it has not`);
      return { kind: 'neighbours', time: time(rule.column), key: rule.key, carry: rule.carry };
    }
  }
}

function refuse(model: Model, what: string, cause?: unknown): UsageError {
  return new UsageError(`model ${modelPath(model)}: ${what}`, { cause });
}
