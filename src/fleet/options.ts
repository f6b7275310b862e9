import { parseDuration, DURATION_FORM } from './durations.ts';
import { type Faults, type Fields, show } from './faults.ts';
import type { Milliseconds, Partition } from './model.ts';

/**
 * Options as they are read from a definition that nobody may have compiled: each reader takes what fits, and otherwise
 * reports a fault at the option's path and goes on with undefined or the default.
 */
export type OptionReader = {
  text(name: string): string | undefined;
  flag(name: string): boolean;
  number(name: string): number | undefined;
  texts(name: string): readonly string[] | undefined;
  duration(name: string): Milliseconds | undefined;
  choice<Value extends string>(name: string, values: readonly Value[]): Value | undefined;
};

export const PARTITIONS: readonly Partition[] = ['day', 'month', 'none'];

export function readOptions(given: Fields, path: string, faults: Faults): OptionReader {
  const expect = <Value>(name: string, form: string, fits: (value: unknown) => value is Value) => {
    const value = given[name];
    if (value === undefined || fits(value)) return value;
    faults.add(`${path}.${name}`, `${show(value)} is not ${form}`);
    return undefined;
  };
  return {
    text: (name) => expect(name, 'text', isText),
    flag: (name) => expect(name, 'true or false', (value) => typeof value === 'boolean') ?? false,
    number: (name) => expect(name, 'a finite number', isFiniteNumber),
    texts: (name) => expect(name, "a list of texts, such as ['a', 'b']", isTexts),
    duration(name) {
      const value = expect(name, DURATION_FORM, isText);
      const milliseconds = value === undefined ? undefined : parseDuration(value);
      if (value !== undefined && milliseconds === undefined) {
        faults.add(`${path}.${name}`, `${show(value)} is not ${DURATION_FORM}`);
      }
      return milliseconds;
    },
    choice: <Value extends string>(name: string, values: readonly Value[]) =>
      expect(name, `one of ${values.join(', ')}`, (value): value is Value =>
        values.some((each) => each === value),
      ),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
