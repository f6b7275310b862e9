import { describe, expect, it } from 'vitest';
import { type Price, PRICES, type PriceName, priceOf, REGIONS } from '../../../bin/cost/prices.ts';

describe('the list of prices', () => {
  it('names for each its unit and where it is published, and what it is in every region', () => {
    for (const [name, price] of Object.entries(PRICES) as [PriceName, Price][]) {
      expect(price.unit, name).not.toBe('');
      expect(price.source, name).not.toBe('');
      for (const region of REGIONS) {
        const usd = priceOf(name, price.per, region);
        if (name === 'channel') expect(usd).toBeUndefined();
        else expect(usd, name).toBeGreaterThan(0);
      }
    }
  });

  it('asks for messages by tiers', () => {
    expect(priceOf('iotMessage', 1e9, 'us-east-1')).toBeCloseTo(1000, 6);
    // a billion at 1.00, four at 0.80, one at 0.70
    expect(priceOf('iotMessage', 6e9, 'us-east-1')).toBeCloseTo(1000 + 3200 + 700, 6);
    expect(priceOf('iotMessage', 6e9, 'eu-central-1')).toBeCloseTo(1.2 * 4900, 6);
  });

  it('costs nothing for nothing', () => {
    for (const name of Object.keys(PRICES) as PriceName[])
      expect(priceOf(name, 0, 'us-east-1') ?? 0, name).toBe(0);
  });
});
