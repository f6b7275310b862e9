import type { Fleet, Table, TopicSegment } from './model.ts';

/** Which tables take a topic, each with the values of its named levels. */
export type Route = { readonly table: Table; readonly levels: Readonly<Record<string, string>> };
export type Router = (topic: string) => readonly Route[];

/** Topics whose routes are remembered; a fleet has one or few a device. */
const REMEMBERED_TOPICS = 100_000;

export function parseTopicTemplate(template: string): readonly TopicSegment[] {
  return template.split('/').map((level) => {
    const name = /^\{(.*)\}$/.exec(level)?.[1];
    return name === undefined ? { kind: 'literal', text: level } : { kind: 'level', name };
  });
}

/** The MQTT filter of a template: `weather/+/observation`. */
export function topicFilter(segments: readonly TopicSegment[]): string {
  return segments.map((segment) => (segment.kind === 'literal' ? segment.text : '+')).join('/');
}

/** The topic with these levels, or undefined where one is missing. */
export function fillTopic(
  segments: readonly TopicSegment[],
  levels: Readonly<Record<string, string>>,
): string | undefined {
  const parts = segments.map((segment) => (segment.kind === 'literal' ? segment.text : levels[segment.name]));
  return parts.includes(undefined) ? undefined : parts.join('/');
}

/** The named levels of a topic, or undefined where it is not the table's. */
export function fillLevels(table: Table, topic: string): Readonly<Record<string, string>> | undefined {
  const parts = stripBasicIngest(topic).split('/');
  if (parts.length !== table.segments.length) return undefined;
  const levels: Record<string, string> = {};
  for (const [i, segment] of table.segments.entries()) {
    const part = parts[i]!;
    if (segment.kind === 'level') levels[segment.name] = part;
    else if (segment.text !== part) return undefined;
  }
  return levels;
}

/** Basic Ingest publishes to `$aws/rules/<rule>/<topic>`; whether the prefix stays in `topic()` is not documented. */
export function stripBasicIngest(topic: string): string {
  return topic.startsWith('$aws/rules/') ? topic.split('/').slice(3).join('/') : topic;
}

export function createRouter(fleets: readonly Fleet[]): Router {
  const tables = fleets.flatMap((fleet) => Object.values(fleet.tables));
  const byLength = Map.groupBy(tables, (table) => table.segments.length);
  const known = new Map<string, readonly Route[]>();
  return (topic) => {
    const remembered = known.get(topic);
    if (remembered !== undefined) return remembered;
    const length = stripBasicIngest(topic).split('/').length;
    const routes = (byLength.get(length) ?? []).flatMap((table) => {
      const levels = fillLevels(table, topic);
      return levels === undefined ? [] : [{ table, levels }];
    });
    // topics come from outside: what is remembered of them has to be bounded
    if (known.size >= REMEMBERED_TOPICS) known.clear();
    known.set(topic, routes);
    return routes;
  };
}
