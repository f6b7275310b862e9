import type { ReadingsRule } from '../fleet/model.ts';
import { compilePath } from './paths.ts';
import { parseWithSources } from './payload.ts';

/** The readings in a JSON value; undefined where there is no place for any (no array at the rule's path). */
export type FindReadings = (value: unknown) => readonly unknown[] | undefined;

/**
 * The reading that is being decoded, and what it came with. One such object serves a decoder's every reading, so that a
 * row costs no allocation beyond its values.
 */
export type ReadingContext = {
  reading: unknown;
  /** the message's JSON value, or one of them where it holds several one after another */
  root: unknown;
  levels: Readonly<Record<string, string>>;
  /** milliseconds, UTC */
  arrivedAt: number;
  /** what the last timestamp column wrote, milliseconds */
  millis: number;
  /** the event time of the reading, milliseconds */
  eventMillis: number;
  text: string;
  find: FindReadings;
  /** the reading's number among those of `root` */
  number: number;
  /** `text` read again, numbers beyond doubles as `SourceNumber`, once somebody asked for it */
  exact: ExactRoot | undefined;
};

type ExactRoot = { readonly root: unknown; readonly readings: readonly unknown[] } | 'too deep';

export function createReadingContext(): ReadingContext {
  return {
    reading: undefined,
    root: undefined,
    levels: {},
    arrivedAt: 0,
    millis: Number.NaN,
    eventMillis: Number.NaN,
    text: '',
    find: () => undefined,
    number: 0,
    exact: undefined,
  };
}

/** Elements of the array at the rule's path; for `auto` those of a top-level array, or the value as the only reading. */
export function compileReadings(rule: ReadingsRule): FindReadings {
  if (rule.kind === 'auto') return (value) => (Array.isArray(value) ? value : [value]);
  const read = compilePath(rule.path);
  return (value) => {
    const found = read(value);
    return Array.isArray(found) ? found : undefined;
  };
}

/**
 * The context with its reading's numbers as they were sent (`SourceNumber` where a double is not enough); undefined where
 * the message nests too deeply to be read so.
 */
export function readExactly(context: ReadingContext): ReadingContext | undefined {
  context.exact ??= readTextExactly(context.text, context.find);
  const { exact } = context;
  return exact === 'too deep'
    ? undefined
    : { ...context, reading: exact.readings[context.number], root: exact.root };
}

function readTextExactly(text: string, find: FindReadings): ExactRoot {
  try {
    const root = parseWithSources(text);
    return { root, readings: find(root) ?? [] };
  } catch (error) {
    // the end of the call stack; nothing else can be wrong with text that was JSON a moment ago
    if (!(error instanceof RangeError)) throw error;
    return 'too deep';
  }
}
