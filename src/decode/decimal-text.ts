/** A decimal number, exactly: `digits` × 10^-`scale`. */
export type Decimal = { readonly digits: bigint; readonly scale: number };

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** Far beyond every column type; keeps a short text such as 1e999999999 from becoming a huge number. */
const MAX_MAGNITUDE = 400;
const MAX_TEXT_LENGTH = 1000;

/**
 * Reads decimal text (`-12.50`, `1e-3`, `.5`), every digit of it. Undefined where it is no number, or one of a size that
 * no column holds.
 */
export function parseDecimalText(text: string): Decimal | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined;
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  if (digits === 0n) return { digits, scale: 0 };
  const scale = fraction.length - Number(exponent);
  if (Math.abs(scale) > MAX_MAGNITUDE + fraction.length) return undefined;
  return { digits: sign === '-' ? -digits : digits, scale };
}

/** The unscaled value at another scale, or undefined where digits would be lost. */
export function rescaleDecimal(decimal: Decimal, scale: number): bigint | undefined {
  const missing = scale - decimal.scale;
  if (missing >= 0) return decimal.digits * 10n ** BigInt(missing);
  const divisor = 10n ** BigInt(-missing);
  return decimal.digits % divisor === 0n ? decimal.digits / divisor : undefined;
}

/** The greatest whole number that is not above the decimal times 10^`power`. */
export function floorDecimal({ digits, scale }: Decimal, power: number): bigint {
  if (scale <= power) return digits * 10n ** BigInt(power - scale);
  const divisor = 10n ** BigInt(scale - power);
  const quotient = digits / divisor;
  return digits < 0n && quotient * divisor !== digits ? quotient - 1n : quotient;
}
