import type { Fleet, Table, TopicSegment } from './model.ts';

export type TopicLevels = Readonly<Record<string, string>>;

/**
 * A table that takes a topic, with the values of its named levels. `topic`: one string for all records of the topic, where
 * each brings its own.
 */
export type Route = { readonly table: Table; readonly topic: string; readonly levels: TopicLevels };
export type Router = (topic: string) => readonly Route[];

/** Topics whose routes are remembered: they come from outside, so there has to be a bound. */
const REMEMBERED_TOPICS = 100_000;

/** MQTT's bound on AWS, in bytes of UTF-8. */
export const MAX_TOPIC_BYTES = 256;

export function parseTopicTemplate(template: string): TopicSegment[] {
  return template.split('/').map((level) => {
    const name = /^\{(.*)\}$/.exec(level)?.[1];
    return name === undefined ? { kind: 'literal', text: level } : { kind: 'level', name };
  });
}

/** The MQTT filter of a template: `weather/+/observation`. */
export function topicFilter(segments: readonly TopicSegment[]): string {
  return segments.map((segment) => (segment.kind === 'literal' ? segment.text : '+')).join('/');
}

/** The topic with these levels; undefined where one is missing or is no single level of a topic. */
export function fillTopic(segments: readonly TopicSegment[], levels: TopicLevels): string | undefined {
  const parts: string[] = [];
  for (const segment of segments) {
    const part = segment.kind === 'literal' ? segment.text : ownLevel(levels, segment.name);
    if (part === undefined || !/^[^/+#\0]+$/.test(part)) return undefined;
    parts.push(part);
  }
  return parts.join('/');
}

function ownLevel(levels: TopicLevels, name: string): string | undefined {
  return Object.hasOwn(levels, name) ? levels[name] : undefined;
}

/** The named levels of a topic (Basic Ingest's prefix aside), or undefined where the table does not take it. */
export function fillLevels(table: Table, topic: string): TopicLevels | undefined {
  return matchLevels(table, stripBasicIngest(topic).split('/'));
}

/**
 * Routes topics to every table that takes them. A rule may cover more than one table, or more than all of them together,
 * so each topic is looked at again here; one that no table takes has no routes.
 */
export function createRouter(fleets: readonly Fleet[]): Router {
  const tables = fleets.flatMap((fleet) => Object.values(fleet.tables));
  const known = new Map<string, readonly Route[]>();
  return (topic) => {
    let routes = known.get(topic);
    if (routes === undefined) {
      routes = findRoutes(tables, topic);
      if (known.size >= REMEMBERED_TOPICS) known.clear();
      known.set(topic, routes);
    }
    return routes;
  };
}

function findRoutes(tables: readonly Table[], topic: string): Route[] {
  const parts = stripBasicIngest(topic).split('/');
  return tables.flatMap((table) => {
    const levels = matchLevels(table, parts);
    return levels === undefined ? [] : [{ table, topic, levels }];
  });
}

function matchLevels({ segments }: Table, parts: readonly string[]): TopicLevels | undefined {
  if (parts.length !== segments.length) return undefined;
  // [MQTT-4.7.3-1] a topic has one character at least: what has none never was a device's
  if (parts.length === 1 && parts[0] === '') return undefined;
  const levels: Record<string, string> = {};
  for (const [i, segment] of segments.entries()) {
    const part = parts[i]!;
    if (segment.kind === 'level') levels[segment.name] = part;
    else if (segment.text !== part) return undefined;
  }
  return levels;
}

/** `$aws/rules/<rule>/<topic>` is a Basic Ingest publish to `<topic>`; the prefix may stay in what `topic()` gives. */
function stripBasicIngest(topic: string): string {
  return topic.startsWith('$aws/rules/') ? topic.split('/').slice(3).join('/') : topic;
}
