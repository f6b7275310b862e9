import { DefinitionError } from './definition-error.ts';

/** Gathers what is wrong with a definition, so that its author sees every fault at once. */
export type Faults = {
  readonly found: boolean;
  add(path: string, detail: string): void;
  /** Throws a `DefinitionError` if there was any. */
  raise(): void;
};

export function createFaults(): Faults {
  const faults: string[] = [];
  return {
    get found() {
      return faults.length > 0;
    },
    add(path, detail) {
      faults.push(`${path}: ${detail}`);
    },
    raise() {
      const [first, ...more] = faults;
      if (first !== undefined) throw new DefinitionError([first, ...more]);
    },
  };
}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Names every key that no option has. The compiler finds them too, but a fleet of somebody's own is run without being
 * compiled: its misspelt options would be ignored silently.
 */
export function refuseUnknownKeys(
  given: Fields,
  known: readonly string[],
  path: string,
  faults: Faults,
): void {
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) faults.add(`${path}.${key}`, `no such option; options are ${known.join(', ')}`);
  }
}

/** What was received, in a few words: for messages. */
export function show(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** Some names for a message; long lists are cut. */
export function list(names: Iterable<string>): string {
  const all = Array.from(names);
  const shown = all.slice(0, 20).join(', ');
  return all.length === 0 ? '(none)' : all.length > 20 ? `${shown}, …` : shown;
}
