import { parseDecimalType, type PrimitiveType } from '../columns/types.ts';
import { type Faults, isFields, refuseUnknownKeys, show } from './faults.ts';
import type { Column, ColumnSource, TimeFormat } from './model.ts';
import { describeBadColumnName } from './name-rules.ts';
import { type OptionReader, readOptions } from './options.ts';
import { resolveSource } from './resolve-source.ts';
import { isTimeZone } from './time-zone.ts';

const FORMATS: readonly TimeFormat[] = ['iso', 'epoch-s', 'epoch-ms'];

/** The whole numbers that the types hold; a long's are beyond what a bound, a double, can say exactly. */
const INTEGER_RANGES: ReadonlyMap<PrimitiveType, readonly [number, number]> = new Map([
  ['byte', [-128, 127]],
  ['short', [-32_768, 32_767]],
  ['integer', [-2_147_483_648, 2_147_483_647]],
]);

const COMMON = ['from', 'optional', 'description'];
const NUMERIC = [...COMMON, 'coerce', 'unit', 'min', 'max'];

type Definition = {
  readonly type: PrimitiveType;
  readonly json: boolean;
  readonly options: Readonly<Record<string, unknown>>;
};

/** A column of a definition, checked; undefined where it is none at all. */
export function resolveColumn(
  name: string,
  given: unknown,
  {
    levels,
    timeZone,
    path,
    faults,
  }: {
    readonly levels: readonly string[];
    readonly timeZone: string;
    readonly path: string;
    readonly faults: Faults;
  },
): Column | undefined {
  const badName = describeBadColumnName(name);
  if (badName !== undefined) faults.add(path, badName);
  if (!isColumnDefinition(given)) {
    faults.add(path, `${show(given)} is no column; make it with text(), double(), timestamp() or another`);
    return undefined;
  }
  const { type, json } = given;
  refuseUnknownKeys(given.options, knownOptions(given), path, faults);
  checkDecimal(type, path, faults);
  const options = readOptions(given.options, path, faults);
  const source = resolveSource(given.options['from'], {
    column: name,
    type,
    levels,
    path: `${path}.from`,
    faults,
  });
  return {
    name,
    type,
    json,
    source,
    optional: options.flag('optional'),
    coerce: options.flag('coerce'),
    ...resolveBounds(type, options, path, faults),
    unit: options.text('unit'),
    description: options.text('description'),
    time:
      type === 'timestamp'
        ? resolveTime(options, source, { given: given.options, timeZone, path, faults })
        : undefined,
  };
}

function isColumnDefinition(given: unknown): given is Definition {
  return isFields(given) && given['kind'] === 'column' && isFields(given['options']);
}

export function isNumeric(type: PrimitiveType): boolean {
  return ['double', 'float', 'long', 'integer', 'short', 'byte'].includes(type) || type.startsWith('decimal');
}

function knownOptions({ type, json }: Definition): readonly string[] {
  if (json) return COMMON;
  if (isNumeric(type)) return NUMERIC;
  return type === 'timestamp' ? [...COMMON, 'coerce', 'format', 'zone'] : [...COMMON, 'coerce'];
}

function checkDecimal(type: PrimitiveType, path: string, faults: Faults): void {
  if (!type.startsWith('decimal')) return;
  const { precision, scale } = parseDecimalType(type) ?? { precision: NaN, scale: NaN };
  if (!(precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision)) {
    faults.add(path, `${type} is no decimal; precision is 1 to 38, scale 0 to the precision`);
  }
}

function resolveBounds(
  type: PrimitiveType,
  options: OptionReader,
  path: string,
  faults: Faults,
): { readonly min: number | undefined; readonly max: number | undefined } {
  const min = options.number('min');
  const max = options.number('max');
  if (min !== undefined && max !== undefined && min > max) {
    faults.add(`${path}.min`, `${min} is greater than max, ${max}: no value would fit`);
  }
  const [least, greatest] = INTEGER_RANGES.get(type) ?? [-Infinity, Infinity];
  if ((min ?? least) > greatest) faults.add(`${path}.min`, `${min} is greater than any ${type}`);
  if ((max ?? greatest) < least) faults.add(`${path}.max`, `${max} is less than any ${type}`);
  return { min, max };
}

function resolveTime(
  options: OptionReader,
  source: ColumnSource,
  {
    given,
    timeZone,
    path,
    faults,
  }: {
    readonly given: Readonly<Record<string, unknown>>;
    readonly timeZone: string;
    readonly path: string;
    readonly faults: Faults;
  },
): Column['time'] {
  const format = options.choice('format', FORMATS) ?? 'iso';
  // several fields carry no offset: they are the fleet's local time unless the column says otherwise
  const zone = options.text('zone') ?? (source.kind === 'timeFields' ? timeZone : undefined);
  if (zone !== undefined && given['zone'] !== undefined && !isTimeZone(zone)) {
    faults.add(`${path}.zone`, `no time zone ${show(zone)}; say an IANA name such as 'Europe/Berlin'`);
  }
  if (given['zone'] !== undefined && format !== 'iso') {
    faults.add(`${path}.zone`, `${format} counts from 1970 in UTC: it has no zone`);
  }
  if (source.kind === 'arrival' && (given['zone'] ?? given['format']) !== undefined) {
    faults.add(`${path}.from`, 'arrival() has neither format nor zone');
  }
  if (source.kind === 'timeFields' && given['format'] !== undefined) {
    faults.add(`${path}.format`, 'fields() have no format');
  }
  return { format, zone };
}
