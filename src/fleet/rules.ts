import type { Fleet } from './model.ts';
import { topicFilter } from './topics.ts';

/** One IoT rule: what its filter matches goes to the stream. */
export type IotRule = {
  /** letters, digits and _, as IoT demands; Basic Ingest topics contain it. It follows from the filter alone */
  readonly name: string;
  readonly filter: string;
  readonly sql: string;
  /** the fleets that it serves */
  readonly fleets: readonly string[];
};

type Group = { readonly filter: string; readonly fleets: ReadonlySet<string> };

const MAX_NAME_LENGTH = 100;

/**
 * The rules of all fleets onto one stream. Their filters are disjoint, since two rules that match one message would put two
 * records on the stream: filters that overlap become the smallest one that covers them.
 */
export function iotRules(fleets: readonly Fleet[]): readonly IotRule[] {
  let groups: readonly Group[] = [];
  for (const fleet of fleets) {
    for (const table of Object.values(fleet.tables)) {
      groups = mergeInto(groups, { filter: topicFilter(table.segments), fleets: new Set([fleet.name]) });
    }
  }
  return groups.map(({ filter, fleets: served }) => {
    return { name: ruleName(filter), filter, sql: `SELECT * FROM '${filter}'`, fleets: Array.from(served) };
  });
}

/** Whether every topic that `filter` matches is matched by `cover`. */
export function coversFilter(cover: string, filter: string): boolean {
  const levels = filter.split('/');
  const covering = cover.split('/');
  return (
    levels.length === covering.length && covering.every((level, i) => level === '+' || level === levels[i])
  );
}

function mergeInto(groups: readonly Group[], added: Group): readonly Group[] {
  const overlapping = groups.filter((group) => filtersOverlap(group.filter, added.filter));
  if (overlapping.length === 0) return [...groups, added];
  const merged = overlapping.reduce<Group>(
    (all, { filter, fleets }) => ({
      filter: coveringFilter(all.filter, filter),
      fleets: new Set([...fleets, ...all.fleets]),
    }),
    added,
  );
  // what covers both may overlap with more than either did
  return mergeInto(
    groups.filter((group) => !overlapping.includes(group)),
    merged,
  );
}

/** Whether some topic matches both. Templates make literals and `+` only, so the numbers of levels have to agree. */
function filtersOverlap(a: string, b: string): boolean {
  const left = a.split('/');
  const right = b.split('/');
  return (
    left.length === right.length &&
    left.every((level, i) => level === '+' || right[i] === '+' || level === right[i])
  );
}

function coveringFilter(a: string, b: string): string {
  const right = b.split('/');
  return a
    .split('/')
    .map((level, i) => (level === right[i] ? level : '+'))
    .join('/');
}

/** A hash follows where the readable part alone could be another filter's too. */
function ruleName(filter: string): string {
  const readable = filter
    .split('/')
    .map((level) => (level === '+' ? 'any' : level.replaceAll(/[^A-Za-z0-9]/g, '_')))
    .join('_');
  const isPlain = filter.split('/').every((level) => level === '+' || /^(?!any$)[A-Za-z0-9]+$/.test(level));
  if (isPlain && readable.length <= MAX_NAME_LENGTH) return readable;
  return `${readable.slice(0, MAX_NAME_LENGTH)}_${hashText(filter)}`;
}

/** FNV-1a, 32 bits, in hex. */
function hashText(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
