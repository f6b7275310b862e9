import { floorDecimal, parseDecimalText } from './decimal-text.ts';

/** Years 0001 to 9999 in UTC: what every engine can show. */
export const MIN_MILLIS = -62_135_596_800_000;
export const MAX_MILLIS = 253_402_300_799_999;

/** Beyond the distance that two roundings can move a product. */
const ROUNDING_SLACK = 2 ** -50;

/** Powers of ten from the unit of the text to milliseconds. */
const POWER = { 'epoch-s': 3, 'epoch-ms': 0 } as const;

/**
 * Milliseconds of a number of seconds or milliseconds since the epoch, fractions floored as the number's shortest decimal
 * text has them: 1594598424.503 s is …503 ms, though the double lies below. NaN outside the years 0001–9999.
 */
export function millisOfEpoch(value: number, format: 'epoch-s' | 'epoch-ms'): number {
  if (format === 'epoch-ms') return checkRange(Math.floor(value));
  const product = value * 1000;
  if (Number.isInteger(value)) return checkRange(product);
  if (Math.abs(product - Math.round(product)) > Math.abs(product) * ROUNDING_SLACK)
    return checkRange(Math.floor(product));
  return millisOfEpochText(String(value), format);
}

/** The same of decimal text, every digit of it. */
export function millisOfEpochText(text: string, format: 'epoch-s' | 'epoch-ms'): number {
  const decimal = parseDecimalText(text);
  return decimal === undefined ? Number.NaN : checkRange(Number(floorDecimal(decimal, POWER[format])));
}

export function checkRange(millis: number): number {
  return millis >= MIN_MILLIS && millis <= MAX_MILLIS ? millis : Number.NaN;
}
