import type { ColumnSource, JsonPath, TimeField } from './model.ts';

/** Where a value comes from, as a definition writes it: a path, several (the first present wins), or one of the functions below. */
export type SourceDefinition = string | readonly string[] | ColumnSource;

/** A named level of the topic, `{station}`. */
export const topicLevel = (name: string) => ({ kind: 'topicLevel', name }) as const;

/** A thing attribute, for topics that are made of the thing's attributes: `device: { line: thingAttribute('line') }`. */
export const thingAttribute = (name: string) => ({ kind: 'thingAttribute', name }) as const;

/** A path in the whole message, for what its readings share. */
export const message = (...paths: readonly string[]): ColumnSource => ({
  kind: 'message',
  paths: paths.map(parsePath),
});

/** The reading itself: a bare scalar, or all of it (for `json`). */
export const payload = (): ColumnSource => ({ kind: 'reading', paths: [[]] });

/** When the stream took the message. */
export const arrival = (): ColumnSource => ({ kind: 'arrival' });

/** A time spread over several fields of the reading: `fields({ year: 'year', month: 'month', day: 'day', hour: 'hour' })`. */
export function fields(
  paths: Readonly<Partial<Record<TimeField, string | readonly string[]>>>,
): ColumnSource {
  const entries = Object.entries(paths).map(([name, path]) => [name, alternatives(path)]);
  return {
    kind: 'timeFields',
    fields: Object.fromEntries(entries) as Partial<Record<TimeField, JsonPath[]>>,
  };
}

/** Steps are separated by dots; `\.` is a dot in a key; whole numbers also index arrays. */
export function parsePath(path: string): JsonPath {
  return path
    .split(/(?<!\\)\./)
    .map((step) => step.replaceAll('\\.', '.'))
    .map((step) => (/^(?:0|[1-9]\d{0,8})$/.test(step) ? Number(step) : step));
}

export function resolveSource(definition: SourceDefinition): ColumnSource {
  return typeof definition === 'string' || Array.isArray(definition)
    ? { kind: 'reading', paths: alternatives(definition as string | readonly string[]) }
    : (definition as ColumnSource);
}

function alternatives(paths: string | readonly string[]): JsonPath[] {
  return (typeof paths === 'string' ? [paths] : paths).map(parsePath);
}
