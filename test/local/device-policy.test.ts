import { expect, test } from 'vitest';
import { createDevicePolicy } from '../../local/device-policy.ts';
import { defineFleet, iotRules, table, text, thingAttribute, topicLevel } from '../../src/fleet/index.ts';

const columns = { value: text() };
const weather = defineFleet({
  name: 'weather',
  tables: {
    observations: table({ topic: 'weather/{station}/observation', device: topicLevel('station'), columns }),
    alerts: table({ topic: 'weather/{station}/alert/{kind}', device: topicLevel('station'), columns }),
  },
});
const plant = defineFleet({
  name: 'plant',
  tables: {
    states: table({
      retained: true,
      topic: 'plant/{line}/{unit}/state',
      device: { line: thingAttribute('line'), unit: thingAttribute('unit') },
      columns,
    }),
  },
});
const fleets = [weather, plant];
const mayPublish = createDevicePolicy(fleets, iotRules(fleets));

test.each([
  ['its own topic', 's1', {}, 'weather/s1/observation', true],
  ['by Basic Ingest', 's1', {}, '$aws/rules/weather_any_observation/weather/s1/observation', true],
  ['by a rule that is another one', 's1', {}, '$aws/rules/plant_any_any_state/weather/s1/observation', false],
  ['another one’s topic', 's1', {}, 'weather/s2/observation', false],
  ['a topic that begins as its own', 's1', {}, 'weather/s10/observation', false],
  ['a topic that ends as its own', 's1', {}, 'x/weather/s1/observation', false],
  ['a level that is free', 's1', {}, 'weather/s1/alert/storm', true],
  // in AWS * reaches across levels
  ['more levels than the template has, where one is free', 's1', {}, 'weather/s1/alert/storm/sea', true],
  ['its name is no pattern', 's.', {}, 'weather/s1/observation', false],
  ['its name is no pattern of policies', '*', {}, 'weather/s1/observation', false],
  ['the topic of its attributes', 'm7', { line: 'A', unit: '3' }, 'plant/A/3/state', true],
  ['another line’s topic', 'm7', { line: 'A', unit: '3' }, 'plant/B/3/state', false],
  ['without the attributes nothing', 'm7', {}, 'plant///state', false],
  ['with one of two nothing', 'm7', { line: 'A' }, 'plant/A//state', false],
  ['what no fleet has', 's1', {}, 'elsewhere/s1', false],
])('%s', (_, name, attributes, topic, allowed) => {
  const thing = { name, attributes };
  expect(mayPublish(thing, topic, false)).toBe(allowed);
  expect(mayPublish(thing, topic, false)).toBe(allowed);
});

test.each([
  ['where the table is retained', 'm7', 'plant/A/3/state', true],
  ['nowhere else', 's1', 'weather/s1/observation', false],
  ['for itself only', 'm7', 'plant/B/3/state', false],
  ['not by Basic Ingest', 'm7', '$aws/rules/plant_any_any_state/plant/A/3/state', false],
])('may have its messages retained %s', (_, name, topic, allowed) => {
  const thing = { name, attributes: { line: 'A', unit: '3' } };
  expect(mayPublish(thing, topic, true)).toBe(allowed);
  expect(mayPublish(thing, topic, false)).toBe(topic !== 'plant/B/3/state');
});
