import type { ColumnSource, JsonPath, TimeField } from './model.ts';

/**
 * Where a value comes from, as a definition writes it: a path in the reading (`'data.temp'`; `\.` is a dot in a key, whole
 * numbers index arrays), several paths (the first that is present wins), or one of the functions below.
 */
export type SourceDefinition = string | readonly string[] | ColumnSource;

/** A named level of the topic, `{station}`. */
export type TopicLevel<Name extends string = string> = { readonly kind: 'topicLevel'; readonly name: Name };

/** An attribute of the thing, in `device` rules only. */
export type ThingAttribute = { readonly kind: 'thingAttribute'; readonly name: string };

export function topicLevel<const Name extends string>(name: Name): TopicLevel<Name> {
  return { kind: 'topicLevel', name };
}

/** For topics that are made of the thing's attributes: `device: { line: thingAttribute('line') }`. */
export function thingAttribute(name: string): ThingAttribute {
  return { kind: 'thingAttribute', name };
}

/** A path (or several) in the whole message: for what its readings share. */
export function message(...paths: readonly [string, ...string[]]): ColumnSource {
  return { kind: 'message', paths: paths.map(parsePath) };
}

/** The reading itself: a bare scalar, or all of it in a `json` column. */
export function payload(): ColumnSource {
  return { kind: 'reading', paths: [[]] };
}

/** When the stream took the message. */
export function arrival(): ColumnSource {
  return { kind: 'arrival' };
}

/** A time over several fields of the reading: `fields({ year: 'year', month: 'month', day: 'day', hour: 'hour' })`. */
export function fields(
  paths: Readonly<Partial<Record<TimeField, string | readonly string[]>>>,
): ColumnSource {
  const entries = Object.entries(paths).map(([name, path]) => [name, parsePaths(path)]);
  return {
    kind: 'timeFields',
    fields: Object.fromEntries(entries) as Partial<Record<TimeField, JsonPath[]>>,
  };
}

export function parsePaths(paths: string | readonly string[]): JsonPath[] {
  return (typeof paths === 'string' ? [paths] : paths).map(parsePath);
}

/** The steps of a path. An empty step stands for an empty key; definitions refuse it. */
export function parsePath(path: string): JsonPath {
  return path
    .split(/(?<!\\)\./)
    .map((step) => step.replaceAll('\\.', '.'))
    .map((step) => (/^(?:0|[1-9]\d{0,8})$/.test(step) ? Number(step) : step));
}
