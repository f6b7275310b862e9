import type { Fleet, Table } from './model.ts';
import { coversFilter, type IotRule } from './rules.ts';
import { topicFilter } from './topics.ts';

/**
 * The topics to which a device of the fleet may publish, as the IoT policy's resources write them (after `topic/`): plain
 * and, for Basic Ingest, under the rule that takes them. The thing's name and attributes stand as policy variables, so that
 * one policy serves all devices and each can speak for itself only.
 *
 * A level that is neither becomes `*`, which in IoT policies reaches across `/`: a topic with more levels than the template
 * matches too, so a table of the same fleet with a longer template under the same first levels should name all of its own.
 */
export function policyTopics(fleet: Fleet, rules: readonly IotRule[]): readonly string[] {
  const topics = Object.values(fleet.tables).flatMap((table) => {
    const pattern = policyTopic(table);
    const filter = topicFilter(table.segments);
    const takers = rules.filter((rule) => coversFilter(rule.filter, filter));
    return [pattern, ...takers.map((rule) => `$aws/rules/${rule.name}/${pattern}`)];
  });
  return Array.from(new Set(topics));
}

/**
 * Those of `policyTopics` to which a device may publish with the RETAIN flag. Plain ones only: Basic Ingest goes past the
 * broker, which keeps nothing of it.
 */
export function retainedPolicyTopics(fleet: Fleet): readonly string[] {
  const tables = Object.values(fleet.tables).filter(({ retained }) => retained);
  return Array.from(new Set(tables.map(policyTopic)));
}

function policyTopic({ segments, device }: Table): string {
  const parts = segments.map((segment) => {
    if (segment.kind === 'literal') return segment.text;
    if (device.kind === 'topicLevel') {
      return segment.name === device.name ? '${iot:Connection.Thing.ThingName}' : '*';
    }
    const attribute = device.levels[segment.name];
    return attribute === undefined ? '*' : `\${iot:Connection.Thing.Attributes[${attribute}]}`;
  });
  return parts.join('/');
}

/** The thing attributes that the topics of the fleet's devices are made of: a device without them may publish nothing. */
export function policyAttributes(fleet: Fleet): readonly string[] {
  const names = Object.values(fleet.tables).flatMap(({ device }) =>
    device.kind === 'topicLevel' ? [] : Object.values(device.levels),
  );
  return Array.from(new Set(names)).sort();
}
