import { type Faults, isFields, refuseUnknownKeys, show } from './faults.ts';
import type { ChangeRule } from './model.ts';
import { readOptions } from './options.ts';

const WEEK = 7 * 86_400_000;
const FORM = 'byEventTime(), byOverlap({ from, to }) or byNeighbours({ key })';
const OPTIONS: Readonly<Record<ChangeRule['kind'], readonly string[]>> = {
  eventTime: ['kind', 'column'],
  overlap: ['kind', 'from', 'to', 'margin'],
  neighbours: ['kind', 'key', 'carry', 'column'],
};

/** How a model's sources map to its windows. Whether there are such sources and columns shows when the SQL is understood. */
export function resolveChanges(
  given: unknown,
  path: string,
  faults: Faults,
): Readonly<Record<string, ChangeRule>> {
  if (given === undefined) return {};
  if (!isFields(given)) {
    faults.add(path, `${show(given)} is no object of ${FORM} by source`);
    return {};
  }
  const rules: Record<string, ChangeRule> = {};
  for (const [source, each] of Object.entries(given)) {
    const rule = resolveRule(each, `${path}.${source}`, faults);
    if (rule !== undefined) rules[source] = rule;
  }
  return rules;
}

function resolveRule(given: unknown, path: string, faults: Faults): ChangeRule | undefined {
  const kind = isFields(given) ? given['kind'] : undefined;
  if (!isFields(given) || (kind !== 'eventTime' && kind !== 'overlap' && kind !== 'neighbours')) {
    faults.add(path, `${show(given)} says nothing of changes; say ${FORM}`);
    return undefined;
  }
  refuseUnknownKeys(given, OPTIONS[kind], path, faults);
  const options = readOptions(given, path, faults);
  switch (kind) {
    case 'eventTime':
      return { kind, column: options.text('column') };
    case 'overlap': {
      const [from, to] = [options.text('from') ?? '', options.text('to') ?? ''];
      if (from === '' || to === '')
        faults.add(path, 'an overlap needs the names of two timestamps, from and to');
      return { kind, from, to, margin: options.duration('margin') ?? 0 };
    }
    case 'neighbours': {
      const key = options.texts('key') ?? [];
      if (key.length === 0) faults.add(`${path}.key`, 'neighbours are rows of one key: name its columns');
      return { kind, key, carry: options.duration('carry') ?? WEEK, column: options.text('column') };
    }
  }
}
