const BLANKS = new Set([' ', '\t', '\n', '\r']);

/**
 * Cuts text into the JSON values that it seems to hold one after another, by brackets and quotes alone: whether a piece is
 * JSON is for the parser. Objects, arrays and strings may touch; numbers and words end at white space. Undefined where the
 * text is cut off, or holds fewer than two pieces.
 */
export function splitValues(text: string): string[] | undefined {
  const pieces: string[] = [];
  let at = skipBlanks(text, 0);
  while (at < text.length) {
    const end = endOfValue(text, at);
    if (end === undefined) return undefined;
    pieces.push(text.slice(at, end));
    at = skipBlanks(text, end);
  }
  return pieces.length < 2 ? undefined : pieces;
}

/** The lines of text whose every line begins as a JSON object; undefined for any other text and for one line alone. */
export function splitLines(text: string): string[] | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return lines.length > 1 && lines.every((line) => /^[ \t]*\{/.test(line)) ? lines : undefined;
}

function endOfValue(text: string, start: number): number | undefined {
  const first = text[start];
  if (first === '"') return endOfString(text, start);
  if (first === '{' || first === '[') return endOfBrackets(text, start);
  let at = start;
  while (at < text.length && !BLANKS.has(text[at]!)) at++;
  return at;
}

function endOfBrackets(text: string, start: number): number | undefined {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      if (end === undefined) return undefined;
      at = end;
      continue;
    }
    if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return at + 1;
    at++;
  }
  return undefined;
}

function endOfString(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return undefined;
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (at < text.length && BLANKS.has(text[at]!)) at++;
  return at;
}
