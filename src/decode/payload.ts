import { formatDetail } from './failure.ts';
import { splitLines, splitValues } from './sequence.ts';

/** What a payload holds. Several tables that take one message share it. */
export type ParsedPayload =
  /** one JSON value; `text` is what it was read from */
  | { readonly kind: 'value'; readonly value: unknown; readonly text: string }
  /** JSON values one after another, at least two */
  | { readonly kind: 'sequence'; readonly items: readonly SequenceItem[] }
  | { readonly kind: 'malformed'; readonly detail: string };

export type SequenceItem =
  | { readonly kind: 'value'; readonly value: unknown; readonly text: string }
  | { readonly kind: 'broken'; readonly detail: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a payload: UTF-8 (a byte order mark is skipped) with one JSON value, several one after another with or without
 * white space between them, or JSON objects one a line, of which broken ones fail alone. Where a key comes twice the last
 * one counts. Never throws.
 */
export function parsePayload(payload: Uint8Array): ParsedPayload {
  let text: string;
  try {
    text = utf8.decode(payload);
  } catch {
    return {
      kind: 'malformed',
      detail: `expected JSON, received ${payload.length} bytes that are not UTF-8`,
    };
  }
  try {
    return { kind: 'value', value: JSON.parse(text) as unknown, text };
  } catch (error) {
    return parseSequence(text) ?? { kind: 'malformed', detail: describeSyntax(text, error) };
  }
}

/** The payload as JSON, parsed when it is first asked for, however many tables take it. */
export function parseOnce(payload: Uint8Array): () => ParsedPayload {
  let parsed: ParsedPayload | undefined;
  return () => (parsed ??= parsePayload(payload));
}

function parseSequence(text: string): ParsedPayload | undefined {
  const values = splitValues(text)?.map(parseItem);
  if (values?.every(({ kind }) => kind === 'value')) return { kind: 'sequence', items: values };
  const lines = splitLines(text)?.map(parseItem);
  if (lines?.some(({ kind }) => kind === 'value')) return { kind: 'sequence', items: lines };
  return undefined;
}

function parseItem(text: string): SequenceItem {
  try {
    return { kind: 'value', value: JSON.parse(text) as unknown, text };
  } catch (error) {
    return { kind: 'broken', detail: describeSyntax(text, error) };
  }
}

function describeSyntax(text: string, error: unknown): string {
  if (text === '') return 'expected JSON, received an empty payload';
  return formatDetail(`expected JSON: ${error instanceof Error ? error.message : String(error)}`);
}

/** A number whose double is not what was written: `source` is. */
export class SourceNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  /** As JSON writes numbers, but for whole ones beyond 2^53 and what no double holds: those stay as they were sent. */
  toJSON(): unknown {
    const number = Number(this.source);
    return Math.abs(number) > Number.MAX_SAFE_INTEGER ? rawJson(this.source) : number;
  }
}

// ES2025 "JSON.parse source text access", in Node since 21 and in TypeScript's types not yet
const { rawJSON: rawJson } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };
type SourceReviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/**
 * The same JSON again, numbers that may have lost digits as `SourceNumber`. Several times slower than `JSON.parse`; throws
 * a RangeError for values nested thousands of levels deep.
 */
export function parseWithSources(text: string): unknown {
  const revive: SourceReviver = (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && !Number.isSafeInteger(value)
      ? new SourceNumber(source)
      : value;
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]) as unknown;
}
