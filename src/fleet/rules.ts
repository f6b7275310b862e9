import type { Fleet } from './model.ts';
import { topicFilter } from './topics.ts';

/** One IoT rule: everything under its filter goes to the stream. */
export type IotRule = {
  /** letters, digits and `_`, as IoT demands; also the name in Basic Ingest topics */
  readonly name: string;
  readonly filter: string;
  readonly sql: string;
  /** the fleets whose tables it serves */
  readonly fleets: readonly string[];
};

type Group = { readonly filter: string; readonly fleets: ReadonlySet<string> };

/**
 * The rules of all fleets on one stream, their filters disjoint: two rules that match one message would put two records
 * on the stream (facts, "IoT Core"). Filters that overlap are merged into one that covers both; the router tells them
 * apart again.
 */
export function iotRules(fleets: readonly Fleet[]): readonly IotRule[] {
  let groups: Group[] = [];
  for (const fleet of fleets) {
    for (const table of Object.values(fleet.tables)) {
      groups = addDisjoint(groups, { filter: topicFilter(table.segments), fleets: new Set([fleet.name]) });
    }
  }
  const names = new Map<string, number>();
  return groups.map(({ filter, fleets: served }) => {
    const base = ruleName(filter);
    const uses = names.get(base) ?? 0;
    names.set(base, uses + 1);
    const name = uses === 0 ? base : `${base}_${uses + 1}`;
    return { name, filter, sql: `SELECT * FROM '${filter}'`, fleets: Array.from(served) };
  });
}

function addDisjoint(groups: readonly Group[], added: Group): Group[] {
  const overlapping = groups.filter((group) => filtersOverlap(group.filter, added.filter));
  if (overlapping.length === 0) return [...groups, added];
  const merged = overlapping.reduce<Group>(
    (all, group) => ({
      filter: coveringFilter(all.filter, group.filter),
      fleets: new Set([...all.fleets, ...group.fleets]),
    }),
    added,
  );
  // the covering filter may reach further than both did
  return addDisjoint(
    groups.filter((group) => !overlapping.includes(group)),
    merged,
  );
}

/** Whether some topic matches both filters. Templates make `+` and literals only, so lengths have to agree. */
export function filtersOverlap(a: string, b: string): boolean {
  const [left, right] = [a.split('/'), b.split('/')];
  return (
    left.length === right.length &&
    left.every((level, i) => level === '+' || right[i] === '+' || level === right[i])
  );
}

/** The smallest filter that matches whatever either matches, for filters that overlap. */
function coveringFilter(a: string, b: string): string {
  const right = b.split('/');
  return a
    .split('/')
    .map((level, i) => (level === right[i] ? level : '+'))
    .join('/');
}

function ruleName(filter: string): string {
  const levels = filter
    .split('/')
    .map((level) => (level === '+' ? 'any' : level.replaceAll(/[^A-Za-z0-9]+/g, '_')));
  return levels.join('_').slice(0, 100);
}
