/** Characters (code points) of a bound: what the rest of the field cuts to. */
const PREFIX = 32;
/** Above every character, so that a prefix with it lies above every text with that prefix. */
const HIGHEST = '\u{10FFFF}';

/** JSON text of a lower bound: a prefix. */
export function textMinimum(least: string): string {
  return JSON.stringify(cut(least));
}

/** JSON text of an upper bound: a prefix and a tie-breaker above it. Undefined where there is nothing above. */
export function textMaximum(greatest: string): string | undefined {
  const prefix = cut(greatest);
  if (prefix.length === greatest.length) return JSON.stringify(greatest);
  return greatest.startsWith(HIGHEST, prefix.length) ? undefined : JSON.stringify(prefix + HIGHEST);
}

function cut(text: string): string {
  if (text.length <= PREFIX) return text;
  return Array.from(text.slice(0, 2 * PREFIX))
    .slice(0, PREFIX)
    .join('');
}
