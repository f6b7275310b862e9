import { type IotRule, policyTopics, retainedPolicyTopics } from '../src/fleet/index.ts';
import type { Fleet } from '../src/fleet/model.ts';
import type { Thing } from './certificates/thing-registry.ts';

/** Topics whose answer is remembered for a thing; they come from outside, so it has to be bounded. */
const REMEMBERED_TOPICS = 1000;
const VARIABLE = /\$\{iot:Connection\.Thing\.(?:ThingName|Attributes\[([^\]]*)\])\}/g;

/**
 * Whether a thing may publish to a topic, with the RETAIN flag or without: as the IoT policies of the fleets say it in AWS,
 * plain topics and those of Basic Ingest. A thing is not known by its fleet here, so all policies count.
 */
export function createDevicePolicy(
  fleets: readonly Fleet[],
  rules: readonly IotRule[],
): (thing: Thing, topic: string, retain: boolean) => boolean {
  const mayPublish = createStatement(fleets.flatMap((fleet) => policyTopics(fleet, rules)));
  const mayRetain = createStatement(fleets.flatMap(retainedPolicyTopics));
  return (thing, topic, retain) => mayPublish(thing, topic) && (!retain || mayRetain(thing, topic));
}

/** Whether one of the topics is the thing's to publish to; answers are remembered. */
function createStatement(topics: readonly string[]): (thing: Thing, topic: string) => boolean {
  const resources = Array.from(new Set(topics));
  const answers = new WeakMap<Thing, Map<string, boolean>>();
  return (thing, topic) => {
    const known = answers.get(thing) ?? new Map<string, boolean>();
    let allowed = known.get(topic);
    if (allowed === undefined) {
      allowed = resources.some((resource) => matchesResource(resource, thing, topic));
      if (known.size >= REMEMBERED_TOPICS) known.clear();
      known.set(topic, allowed);
      answers.set(thing, known);
    }
    return allowed;
  };
}

/** IoT's policy language: variables stand for what the thing is, `*` for anything, across levels too. */
function matchesResource(resource: string, thing: Thing, topic: string): boolean {
  let isKnown = true;
  const pattern = escape(
    resource.replaceAll('*', ANYTHING).replaceAll(VARIABLE, (_, attribute?: string) => {
      const value = attribute === undefined ? thing.name : thing.attributes[attribute];
      isKnown &&= value !== undefined;
      return value ?? '';
    }),
  ).replaceAll(ANYTHING, '.*');
  return isKnown && new RegExp(`^${pattern}$`, 's').test(topic);
}

/** A character that stands in no topic: [MQTT-1.5.3-2]. */
const ANYTHING = '\0';

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}
