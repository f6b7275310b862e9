import type { PrimitiveType } from '../columns/types.ts';
import { type Faults, isFields, list, show } from './faults.ts';
import type { ColumnSource, JsonPath, TimeField } from './model.ts';
import { parsePath, parsePaths } from './source-definition.ts';

const TIME_FIELDS: readonly TimeField[] = ['year', 'month', 'day', 'hour', 'minute', 'second', 'millisecond'];

/** What a column's `from` may speak of. */
export type SourceContext = {
  readonly column: string;
  readonly type: PrimitiveType;
  readonly levels: readonly string[];
  readonly path: string;
  readonly faults: Faults;
};

const PATH_FORM =
  "a path such as 'data.temp', a list of paths, topicLevel(), message(), payload(), arrival() or fields()";

/** The source that a `from` names; the reading's field of the column's own name where there is none, or a faulty one. */
export function resolveSource(given: unknown, context: SourceContext): ColumnSource {
  const { column, path, faults } = context;
  const own: ColumnSource = { kind: 'reading', paths: [[column]] };
  if (given === undefined) return own;
  if (typeof given === 'string' || Array.isArray(given)) {
    const texts: readonly unknown[] = typeof given === 'string' ? [given] : given;
    if (texts.length > 0 && texts.every((text) => typeof text === 'string')) {
      return checkSource({ kind: 'reading', paths: texts.map(parsePath) }, context, texts);
    }
  }
  if (isSource(given)) return checkSource(given, context);
  faults.add(path, `${show(given)} is no source; say ${PATH_FORM}`);
  return own;
}

function isSource(given: unknown): given is ColumnSource {
  return (
    isFields(given) &&
    ['reading', 'message', 'topicLevel', 'arrival', 'timeFields'].some((kind) => kind === given['kind'])
  );
}

function checkSource(
  source: ColumnSource,
  { type, levels, path, faults }: SourceContext,
  texts?: readonly string[],
): ColumnSource {
  switch (source.kind) {
    case 'reading':
    case 'message':
      checkPaths(source.paths, texts, path, faults);
      break;
    case 'topicLevel':
      if (!levels.includes(source.name)) {
        faults.add(path, `the topic has no level {${source.name}}; its levels are ${list(levels)}`);
      }
      break;
    case 'arrival':
      if (type !== 'timestamp') faults.add(path, `arrival() is a timestamp, the column a ${type}`);
      break;
    case 'timeFields':
      checkTimeFields(source.fields, type, path, faults);
      break;
  }
  return source;
}

function checkPaths(
  paths: readonly JsonPath[],
  texts: readonly string[] | undefined,
  path: string,
  faults: Faults,
): void {
  for (const [i, steps] of paths.entries()) {
    if (!steps.includes('')) continue;
    const text = texts?.[i] ?? steps.join('.');
    faults.add(path, `the path ${show(text)} has an empty step; a dot within a key is written \\.`);
  }
}

function checkTimeFields(
  given: Readonly<Partial<Record<TimeField, readonly JsonPath[]>>>,
  type: PrimitiveType,
  path: string,
  faults: Faults,
): void {
  if (type !== 'timestamp') faults.add(path, `fields() make a timestamp, the column is a ${type}`);
  const names = Object.keys(given);
  for (const name of names) {
    const known = TIME_FIELDS.find((field) => field === name);
    if (known === undefined) faults.add(path, `fields() know no ${name}; they are ${TIME_FIELDS.join(', ')}`);
    else checkPaths(given[known] ?? [], undefined, path, faults);
  }
  const last = TIME_FIELDS.findLastIndex((field) => names.includes(field));
  // a gap, an hour without its day, would be a time that nobody meant
  const needed = TIME_FIELDS.slice(0, Math.max(3, last + 1));
  const missing = needed.filter((field) => !names.includes(field));
  if (missing.length > 0) faults.add(path, `fields() lack ${missing.join(', ')}`);
}

/** A path option, such as a table's `readings`. */
export function resolvePath(text: string, path: string, faults: Faults): JsonPath {
  const [steps] = parsePaths(text) as [JsonPath];
  checkPaths([steps], [text], path, faults);
  return steps;
}
