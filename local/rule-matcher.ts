import type { IotRule } from '../src/fleet/index.ts';

/** Topics whose match is remembered; they come from outside, so it has to be bounded. */
const REMEMBERED_TOPICS = 100_000;
const BASIC_INGEST = '$aws/rules/';

/**
 * Whether a message on a topic goes to the stream: some rule's filter takes it, or it names a rule by Basic Ingest
 * (`$aws/rules/<rule>/…`), which asks no filter. Filters are MQTT's, [MQTT-4.7.1].
 */
export function createRuleMatcher(
  rules: readonly Pick<IotRule, 'name' | 'filter'>[],
): (topic: string) => boolean {
  const names = new Set(rules.map(({ name }) => name));
  const filters = rules.map(({ filter }) => filter.split('/'));
  const known = new Map<string, boolean>();

  function match(topic: string): boolean {
    const levels = topic.split('/');
    if (topic.startsWith(BASIC_INGEST)) return levels.length > 3 && names.has(levels[2]!);
    // [MQTT-4.7.2-1] no wildcard at the beginning takes a topic of the broker's own
    if (topic.startsWith('$')) return false;
    return filters.some((filter) => matchesFilter(filter, levels));
  }

  return (topic) => {
    let matches = known.get(topic);
    if (matches === undefined) {
      matches = match(topic);
      if (known.size >= REMEMBERED_TOPICS) known.clear();
      known.set(topic, matches);
    }
    return matches;
  };
}

function matchesFilter(filter: readonly string[], levels: readonly string[]): boolean {
  for (const [i, part] of filter.entries()) {
    if (part === '#') return true;
    if (i >= levels.length || (part !== '+' && part !== levels[i])) return false;
  }
  return filter.length === levels.length;
}
