/**
 * Whether `a` comes before `b` in the order of UTF-8 bytes, which is that of code points. UTF-16 units, which `<`
 * compares, order characters beyond the basic plane (surrogates) below U+E000…U+FFFF. A lone surrogate is written as
 * U+FFFD, and compared so.
 */
export function isBelow(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    if (x < 0xd800 || y < 0xd800) return x < y;
    const from = Math.max(0, i - 1);
    return Buffer.compare(Buffer.from(a.slice(from)), Buffer.from(b.slice(from))) < 0;
  }
  return a.length < b.length;
}

/**
 * The least and greatest text in the order of UTF-8 bytes, lone surrogates replaced.
 * @param isAscii where that is known already: then UTF-16 units have the same order
 */
export function textExtremes(
  values: readonly string[],
  isAscii: boolean = values.every((value) => Buffer.byteLength(value) === value.length),
): { readonly min: string; readonly max: string } {
  const below = isAscii ? isLess : isBelow;
  let min = values[0]!;
  let max = min;
  for (const value of values) {
    if (below(value, min)) min = value;
    else if (below(max, value)) max = value;
  }
  return { min: min.toWellFormed(), max: max.toWellFormed() };
}

function isLess(a: string, b: string): boolean {
  return a < b;
}
