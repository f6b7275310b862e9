import { describe, expect, it } from 'vitest';
import { createRuleMatcher } from '../../local/rule-matcher.ts';

describe('rules', () => {
  const matches = createRuleMatcher([
    { name: 'weather_any_observation', filter: 'weather/+/observation' },
    { name: 'all_under', filter: 'vehicles/#' },
  ]);

  it.each([
    ['weather/s1/observation', true],
    ['weather//observation', true],
    ['weather/s1/observation/more', false],
    ['weather/s1', false],
    ['Weather/s1/observation', false],
    ['vehicles', true],
    ['vehicles/v1/position', true],
    ['vehiclesx', false],
    ['$aws/rules/weather_any_observation/weather/s1/observation', true],
    ['$aws/rules/weather_any_observation/anything', true],
    ['$aws/rules/weather_any_observation', false],
    ['$aws/rules/unknown/weather/s1/observation', false],
    ['$other/s1/observation', false],
  ])('%s: %s', (topic, expected) => {
    expect(matches(topic)).toBe(expected);
    expect(matches(topic)).toBe(expected);
  });

  it('with a wildcard first does not take the broker’s own topics', () => {
    expect(createRuleMatcher([{ name: 'all', filter: '#' }])('$aws/things/x')).toBe(false);
    expect(createRuleMatcher([{ name: 'all', filter: '+/x' }])('$x/x')).toBe(false);
  });
});
