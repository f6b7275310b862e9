import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createRouter,
  defineFleet,
  fillTopic,
  type Fleet,
  iotRules,
  policyTopics,
  table,
  text,
  thingAttribute,
  topicFilter,
  topicLevel,
} from '../../src/fleet/index.ts';
import { drawSeed } from '../support/seed.ts';

function fleetOf(name: string, topics: readonly string[]): Fleet {
  const tables = topics.map((topic, i) => {
    const level = /\{(\w+)\}/.exec(topic)?.[1] ?? '';
    return [`t${i}`, table({ topic, device: topicLevel(level), columns: { value: text() } })] as const;
  });
  return defineFleet({ name, tables: Object.fromEntries(tables) });
}

/** MQTT 3.1.1, 4.7: `+` matches one level, everything else itself. */
function matches(filter: string, topic: string): boolean {
  const pattern = filter.split('/').map((level) => (level === '+' ? '[^/]*' : level.replaceAll('.', '\\.')));
  return new RegExp(`^${pattern.join('/')}$`).test(topic);
}

describe('rules', () => {
  it('are one a filter where filters are disjoint', () => {
    expect(iotRules([fleetOf('weather', ['weather/{s}/observation', 'weather/{s}/status'])])).toEqual([
      {
        name: 'weather_any_observation',
        filter: 'weather/+/observation',
        sql: "SELECT * FROM 'weather/+/observation'",
        fleets: ['weather'],
      },
      {
        name: 'weather_any_status',
        filter: 'weather/+/status',
        sql: "SELECT * FROM 'weather/+/status'",
        fleets: ['weather'],
      },
    ]);
  });

  it('are merged into the covering filter where filters overlap, over fleets too', () => {
    const rules = iotRules([fleetOf('a', ['x/{d}/y']), fleetOf('b', ['{d}/z/y']), fleetOf('c', ['x/{d}'])]);
    expect(rules.map(({ filter, fleets }) => [filter, fleets.toSorted()])).toEqual([
      ['+/+/y', ['a', 'b']],
      ['x/+', ['c']],
    ]);
  });

  it('have names that are IoT rule names, unlike each other, and do not depend on other fleets', () => {
    const topics = [
      'a-b/{d}',
      'a_b/{d}',
      'any/{d}',
      `${'long'.repeat(50)}/{d}`,
      `${'long'.repeat(50)}/{d}/x`,
    ];
    const names = (order: readonly string[]) => {
      return new Map(
        iotRules(order.map((topic, i) => fleetOf(`f${i}`, [topic]))).map(({ filter, name }) => [
          filter,
          name,
        ]),
      );
    };
    const forward = names(topics);
    expect(new Set(forward.values()).size).toBe(topics.length);
    for (const name of forward.values()) expect(name).toMatch(/^[A-Za-z0-9_]{1,128}$/);
    const backward = names(topics.toReversed());
    for (const [filter, name] of forward) expect(backward.get(filter)).toBe(name);
  });

  it('take every topic of every table exactly once, by brute force over small topics', () => {
    const level = fc.constantFrom('a', 'b', '{d}', '{e}');
    const topic = fc
      .array(level, { minLength: 1, maxLength: 3 })
      .filter(
        (levels) =>
          levels.some((each) => each.startsWith('{')) &&
          new Set(levels.filter((each) => each.startsWith('{'))).size ===
            levels.filter((each) => each.startsWith('{')).length,
      )
      .map((levels) => levels.join('/'));
    const words = ['a', 'b', 'c'];
    const everyTopic = [1, 2, 3].flatMap((length) =>
      Array.from({ length: words.length ** length }, (_, i) =>
        Array.from(
          { length },
          (_unused, place) => words[Math.floor(i / words.length ** place) % words.length],
        ).join('/'),
      ),
    );
    fc.assert(
      fc.property(fc.array(topic, { minLength: 1, maxLength: 6 }), (topics) => {
        const fleets = topics.map((each, i) => fleetOf(`f${i}`, [each]));
        const rules = iotRules(fleets);
        const router = createRouter(fleets);
        for (const published of everyTopic) {
          const filters = topics.map((each) => each.replaceAll(/\{\w+\}/g, '+'));
          const takers = filters.filter((filter) => matches(filter, published));
          const ruled = rules.filter(({ filter }) => matches(filter, published));
          expect(ruled.length).toBeLessThanOrEqual(1);
          if (takers.length > 0) expect(ruled).toHaveLength(1);
          expect(router(published)).toHaveLength(takers.length);
        }
        // no wider than it has to be: a level that all of a rule's filters share stays as it is
        for (const { filter } of rules) {
          const served = topics
            .map((each) => each.replaceAll(/\{\w+\}/g, '+'))
            .filter(
              (each) =>
                each
                  .split('/')
                  .every((part, i) => filter.split('/')[i] === '+' || filter.split('/')[i] === part) &&
                each.split('/').length === filter.split('/').length,
            );
          for (const [i, part] of filter.split('/').entries()) {
            if (part === '+')
              expect(
                served.some(
                  (each) => each.split('/')[i] !== served[0]!.split('/')[i] || each.split('/')[i] === '+',
                ),
              ).toBe(true);
          }
        }
      }),
      { seed: drawSeed('rules'), numRuns: 300 },
    );
  });
});

describe('the router', () => {
  const fleet = fleetOf('weather', ['weather/{station}/observation', 'weather/{any}/{what}']);
  const route = createRouter([fleet]);

  it('hands a topic to every table that takes it, with its levels', () => {
    const routes = route('weather/nyc/observation');
    expect(routes.map(({ table: { name }, levels }) => [name, levels])).toEqual([
      ['t0', { station: 'nyc' }],
      ['t1', { any: 'nyc', what: 'observation' }],
    ]);
    expect(route('weather/nyc/observation')).toEqual(routes);
    expect(route('weather/nyc')).toEqual([]);
    expect(route('elsewhere/nyc/observation')).toEqual([]);
  });

  it("strips Basic Ingest's prefix", () => {
    const topic = '$aws/rules/weather_any_any/weather/nyc/observation';
    expect(route(topic)).toEqual(route('weather/nyc/observation').map((each) => ({ ...each, topic })));
    expect(route('$aws/rules/weather_any_any')).toEqual([]);
  });

  it('fills a topic from its levels, or not at all', () => {
    const { segments } = fleet.tables['t1']!;
    expect(topicFilter(segments)).toBe('weather/+/+');
    expect(fillTopic(segments, { any: 'nyc', what: 'x' })).toBe('weather/nyc/x');
    for (const what of ['', 'a/b', '+', '#', 'a\0'])
      expect(fillTopic(segments, { any: 'nyc', what })).toBeUndefined();
    expect(fillTopic(segments, { any: 'nyc' })).toBeUndefined();
  });
});

describe('the policy', () => {
  it("lets a device publish under its own thing's name, plainly and by Basic Ingest", () => {
    const fleet = fleetOf('weather', ['weather/{station}/observation']);
    const thing = 'weather/${iot:Connection.Thing.ThingName}/observation';
    expect(policyTopics(fleet, iotRules([fleet]))).toEqual([
      thing,
      `$aws/rules/weather_any_observation/${thing}`,
    ]);
  });

  it("lets a device publish under its thing's attributes, under the merged rule", () => {
    const factory = defineFleet({
      name: 'factory',
      tables: {
        states: table({
          topic: '{site}/{line}/state',
          device: { site: thingAttribute('site'), line: thingAttribute('lineName') },
          columns: { value: text() },
        }),
      },
    });
    const rules = iotRules([factory, fleetOf('other', ['berlin/{x}/state'])]);
    const topic =
      '${iot:Connection.Thing.Attributes[site]}/${iot:Connection.Thing.Attributes[lineName]}/state';
    expect(policyTopics(factory, rules)).toEqual([topic, `$aws/rules/any_any_state/${topic}`]);
  });
});
