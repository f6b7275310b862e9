import { type Faults, isFields, list, show } from './faults.ts';
import type { DeviceRule, TopicSegment } from './model.ts';
import { MAX_TOPIC_BYTES, parseTopicTemplate } from './topics.ts';

/** AWS IoT Core's limit. */
const MAX_SLASHES = 7;

/** What may stand in a template outside of braces: nothing that MQTT, IoT SQL or an IoT policy would read otherwise. */
const LITERAL = /^[\p{L}\p{N}._:,=@~-]+$/u;

/** A thing attribute's name, as IoT has it. */
const ATTRIBUTE = /^[a-zA-Z0-9_.,@/:#-]+$/;

export function levelNames(segments: readonly TopicSegment[]): string[] {
  return segments.flatMap((segment) => (segment.kind === 'level' ? [segment.name] : []));
}

export function resolveTopic(given: unknown, path: string, faults: Faults): TopicSegment[] {
  if (typeof given !== 'string' || given === '') {
    faults.add(path, `${show(given)} is no topic; say one such as 'weather/{station}/observation'`);
    return [];
  }
  const segments = parseTopicTemplate(given);
  const seen = new Set<string>();
  for (const segment of segments) {
    const fault =
      segment.kind === 'literal' ? describeLiteral(segment.text) : describeLevel(segment.name, seen);
    if (fault !== undefined) faults.add(path, `${show(given)}: ${fault}`);
  }
  const slashes = segments.length - 1;
  if (slashes > MAX_SLASHES)
    faults.add(path, `${show(given)} has ${slashes} slashes; AWS IoT allows ${MAX_SLASHES}`);
  const bytes = new TextEncoder().encode(given).length;
  if (bytes > MAX_TOPIC_BYTES) {
    faults.add(path, `${show(given)} has ${bytes} bytes; AWS IoT allows ${MAX_TOPIC_BYTES}`);
  }
  return segments;
}

function describeLiteral(text: string): string | undefined {
  if (text === '') return 'a level is empty';
  if (/[+#]/.test(text)) return `${text} is a wildcard; name the level, as in {station}`;
  if (/[{}]/.test(text)) return `${text} mixes a name with text; a level is either, as in {station}`;
  return LITERAL.test(text)
    ? undefined
    : `${show(text)} has characters other than letters, digits and ._:,=@~-`;
}

function describeLevel(name: string, seen: Set<string>): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) {
    return `{${name}} is no name of a level: letters, digits and _, a letter first`;
  }
  if (seen.has(name)) return `{${name}} stands twice`;
  seen.add(name);
  return undefined;
}

/** Whose a table's messages are. A faulty rule counts as one over no attributes. */
export function resolveDevice(
  given: unknown,
  levels: readonly string[],
  path: string,
  faults: Faults,
): DeviceRule {
  const nobody: DeviceRule = { kind: 'attributes', levels: {} };
  if (!isFields(given) || Object.keys(given).length === 0) {
    faults.add(
      path,
      `${show(given)} names no device; say topicLevel('station') or { line: thingAttribute('line') }`,
    );
    return nobody;
  }
  const refuseLevel = (name: string, at: string) =>
    faults.add(at, `the topic has no level {${name}}; its levels are ${list(levels)}`);
  if (given['kind'] === 'topicLevel' && typeof given['name'] === 'string') {
    if (!levels.includes(given['name'])) refuseLevel(given['name'], path);
    return { kind: 'topicLevel', name: given['name'] };
  }
  if (typeof given['kind'] === 'string') {
    faults.add(path, `${show(given)} belongs to a level, as in { line: thingAttribute('line') }`);
    return nobody;
  }
  const attributes: Record<string, string> = {};
  for (const [level, attribute] of Object.entries(given)) {
    const name =
      isFields(attribute) && attribute['kind'] === 'thingAttribute' ? attribute['name'] : undefined;
    if (!levels.includes(level)) refuseLevel(level, `${path}.${level}`);
    if (typeof name === 'string' && ATTRIBUTE.test(name)) attributes[level] = name;
    else
      faults.add(
        `${path}.${level}`,
        `${show(attribute)} is no thing attribute; say thingAttribute('${level}')`,
      );
  }
  return { kind: 'attributes', levels: attributes };
}
