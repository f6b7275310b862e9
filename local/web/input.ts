import { validator } from 'hono/validator';
import { UsageError } from '../../src/errors.ts';

/** The parameters of a request by their names; another name is refused, for it was meant to say something. */
export function takeQuery<const Name extends string>(...names: readonly Name[]) {
  return validator('query', (given: Readonly<Record<string, string | string[] | undefined>>) => {
    const taken: Partial<Record<Name, string>> = {};
    for (const [name, value] of Object.entries(given)) {
      const known = names.find((each) => each === name);
      if (known === undefined)
        throw new UsageError(`no parameter ${JSON.stringify(name)}; there are ${names.join(', ') || 'none'}`);
      const [first] = typeof value === 'object' ? value : [value];
      if (first !== undefined && first !== '') taken[known] = first;
    }
    return taken;
  });
}

/** A JSON object whose members are texts; those of `optional` may be left out. */
export function takeTexts<const Needed extends string, const Optional extends string = never>(
  needed: readonly Needed[],
  optional: readonly Optional[] = [],
) {
  return validator('json', (given: unknown) => {
    const fields = typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {};
    const taken: Record<string, string> = {};
    for (const [name, value] of Object.entries(fields)) {
      if (![...needed, ...optional].some((each) => each === name))
        throw new UsageError(
          `no member ${JSON.stringify(name)}; there are ${[...needed, ...optional].join(', ')}`,
        );
      if (typeof value !== 'string') throw new UsageError(`${name} is ${JSON.stringify(value)}: give a text`);
      taken[name] = value;
    }
    for (const name of needed) {
      if (taken[name] === undefined) throw new UsageError(`${name} is missing: give a text`);
    }
    return taken as Record<Needed, string> & Partial<Record<Optional, string>>;
  });
}

/** @throws UsageError for what is no whole number within the bounds, both included */
export function wholeNumber(
  text: string | undefined,
  name: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: { readonly min?: number; readonly max?: number } = {},
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value) || value < min || value > max)
    throw new UsageError(`${name} is ${JSON.stringify(text)}: give a whole number from ${min} to ${max}`);
  return value;
}

/** A number of milliseconds since the epoch, or an ISO time. @throws UsageError */
export function moment(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const at = /^-?\d+$/.test(text)
    ? Number(text)
    : /^\d{4}-\d\d-\d\d/.test(text)
      ? Date.parse(text)
      : Number.NaN;
  // the times that a Date can hold
  if (Number.isNaN(new Date(at).getTime()))
    throw new UsageError(
      `${name} is ${JSON.stringify(text)}: give milliseconds since 1970, or a time as 2026-01-31T12:00:00Z`,
    );
  return at;
}

/** @throws UsageError for what is none of them */
export function oneOf<const Choice extends string>(
  text: string | undefined,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  if (text === undefined) return undefined;
  const found = choices.find((each) => each === text);
  if (found !== undefined) return found;
  throw new UsageError(`${name} is ${JSON.stringify(text)}: give one of ${choices.join(', ')}`);
}
