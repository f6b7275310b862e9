import { isEstimated, PRICES, type PriceName, priceOf, type Region } from './prices.ts';

/** What a line is for, in the order of the flow. */
export const GROUPS = [
  'connections',
  'messages',
  'stream',
  'ingest',
  'upkeep',
  'rollups',
  'storage',
  'queries',
  'watch',
] as const;
export type Group = (typeof GROUPS)[number];

/** So many units of one price, a month. */
export type Line = { readonly group: Group; readonly price: PriceName; readonly quantity: number };

/** Lines of one group, without those of which there are none. */
export function linesOf(group: Group, quantities: Partial<Readonly<Record<PriceName, number>>>): Line[] {
  return Object.entries(quantities)
    .filter(([, quantity]) => quantity > 0)
    .map(([price, quantity]) => ({ group, price: price as PriceName, quantity }));
}

/** Lines of the same group and price become one. */
export function mergeLines(lines: readonly Line[]): Line[] {
  const merged = new Map<string, Line>();
  for (const line of lines) {
    const key = `${line.group} ${line.price}`;
    const before = merged.get(key);
    merged.set(key, before === undefined ? line : { ...line, quantity: before.quantity + line.quantity });
  }
  return Array.from(merged.values());
}

/** `usd`: of a month; undefined where the price is not known. */
export type PricedLine = Line & {
  readonly unit: string;
  readonly source: string;
  readonly estimated: boolean;
  readonly usd: number | undefined;
};

export function priceLine(line: Line, region: Region): PricedLine {
  const { unit, source } = PRICES[line.price];
  const estimated = isEstimated(line.price, region);
  return { ...line, unit, source, estimated, usd: priceOf(line.price, line.quantity, region) };
}

/** Dollars a month of what has a price; of one group where it is named. */
export function totalOf(lines: readonly Line[], region: Region, group?: Group): number {
  return lines
    .filter((line) => group === undefined || line.group === group)
    .reduce((sum, { price, quantity }) => sum + (priceOf(price, quantity, region) ?? 0), 0);
}
