/** Characters (code points) of a bound: what the rest of the field cuts to. */
const PREFIX = 32;
/** Above every character, so that a prefix with it lies above every text with that prefix. */
const HIGHEST = '\u{10FFFF}';

/**
 * JSON texts of the bounds of a column of text, in the order of UTF-8 bytes: a prefix as the minimum, a prefix and a
 * tie-breaker above it as the maximum.
 */
export function textBounds(
  values: readonly (string | undefined)[],
  validity: Uint8Array | undefined,
): { readonly min: string; readonly max: string | undefined } {
  let min: string | undefined;
  let max: string | undefined;
  let last: string | undefined;
  for (let row = 0; row < values.length; row++) {
    if (validity !== undefined && validity[row] === 0) continue;
    const value = values[row]!;
    // neighbours are often the same text
    if (value === last) continue;
    last = value;
    if (min === undefined || max === undefined) min = max = value;
    else if (isBelow(value, min)) min = value;
    else if (isBelow(max, value)) max = value;
  }
  const least = (min ?? '').toWellFormed();
  return { min: JSON.stringify(cut(least)), max: upperBound((max ?? '').toWellFormed()) };
}

function upperBound(text: string): string | undefined {
  const prefix = cut(text);
  if (prefix.length === text.length) return JSON.stringify(text);
  return text.startsWith(HIGHEST, prefix.length) ? undefined : JSON.stringify(prefix + HIGHEST);
}

function cut(text: string): string {
  if (text.length <= PREFIX) return text;
  return Array.from(text.slice(0, 2 * PREFIX))
    .slice(0, PREFIX)
    .join('');
}

/**
 * The order of UTF-8 bytes, which is that of code points. UTF-16 units, which `<` compares, order characters beyond
 * the basic plane (surrogates) below U+E000…U+FFFF. A lone surrogate is written as U+FFFD, and compared so.
 */
export function isBelow(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    if (x < 0xd800 || y < 0xd800) return x < y;
    return (
      Buffer.compare(Buffer.from(a.slice(i === 0 ? 0 : i - 1)), Buffer.from(b.slice(i === 0 ? 0 : i - 1))) < 0
    );
  }
  return a.length < b.length;
}
