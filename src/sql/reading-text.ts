import { SqlError } from './sql-error.ts';

/** What a statement of Athena's begins with that changes nothing. */
const READS = /^(?:select|with|values|table|show|describe|desc)$/;

/**
 * Refuses text that begins as anything but a statement that reads, an EXPLAIN of one included: Athena would create and drop
 * tables, and has no session that refuses to. What follows is Athena's to judge; it takes one statement at a time.
 *
 * @throws SqlError
 */
export function assertReadingText(sql: string): void {
  const [word, rest] = splitFirstWord(sql);
  const explained = word === 'explain' ? explainedWord(rest) : word;
  if (READS.test(explained)) return;
  throw new SqlError(
    `query refused: it begins with ${explained === '' ? 'no word' : JSON.stringify(explained.slice(0, 40))}; ` +
      'give one statement that reads (SELECT, WITH, VALUES, SHOW, DESCRIBE, EXPLAIN)',
  );
}

/** What `EXPLAIN [ANALYZE] [VERBOSE] [(TYPE …)]` explains: an EXPLAIN ANALYZE runs it. */
function explainedWord(text: string): string {
  let rest = text;
  for (;;) {
    const options = /^\s*\(\s*(?:type|format)\s[^()]*\)/i.exec(rest);
    if (options !== null) rest = rest.slice(options[0].length);
    const [word, after] = splitFirstWord(rest);
    if (word !== 'analyze' && word !== 'verbose') return word;
    rest = after;
  }
}

/** The first word, lower case, and what follows; comments and brackets before it are passed over. */
function splitFirstWord(text: string): readonly [word: string, rest: string] {
  const match = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/|\()*([a-z_]*)/i.exec(text)!;
  return [match[1]!.toLowerCase(), text.slice(match[0].length)];
}
