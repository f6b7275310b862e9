import { daysInMonth, daysOfDate, MS_PER_DAY } from '../columns/calendar.ts';
import type { ColumnSource, JsonPath, TimeField } from '../fleet/model.ts';
import { checkRange } from './epoch-time.ts';
import { formatDetail, outOfRange, type Problem, wrongType } from './failure.ts';
import { compilePath, formatPath, type ReadPath } from './paths.ts';
import type { ReadingContext } from './reading.ts';
import { localClock } from './zones.ts';

type TimeFields = Extract<ColumnSource, { readonly kind: 'timeFields' }>['fields'];

/** The parts of a time, what is not sent, and what they may be. The day's bound is the month's. */
const PARTS: readonly {
  readonly name: TimeField;
  readonly absent: number;
  readonly min: number;
  readonly max: number;
}[] = [
  { name: 'year', absent: 1970, min: 1, max: 9999 },
  { name: 'month', absent: 1, min: 1, max: 12 },
  { name: 'day', absent: 1, min: 1, max: 31 },
  { name: 'hour', absent: 0, min: 0, max: 23 },
  { name: 'minute', absent: 0, min: 0, max: 59 },
  { name: 'second', absent: 0, min: 0, max: 59 },
  { name: 'millisecond', absent: 0, min: 0, max: 999 },
];

type SevenNumbers = [number, number, number, number, number, number, number];

const WHOLE_TEXT = /^\s*\d{1,4}\s*$/;

/**
 * A time spread over fields, local in `zone` (UTC where there is none), in milliseconds. Undefined where none of the
 * fields is there or all are null; fields that are named and missing while others are there are a problem.
 */
export function compileTimeFields(
  fields: TimeFields,
  zone: string | undefined,
  isNull: (value: unknown) => boolean,
): (context: ReadingContext) => number | undefined | Problem {
  const toUtc = localClock(zone ?? 'UTC');
  const parts = PARTS.map((part) => {
    const paths = fields[part.name];
    const read = paths && compileAlternatives(paths, isNull);
    return { ...part, read, path: paths?.map(formatPath).join(' or ') ?? part.name };
  });
  return ({ reading }) => {
    const values = parts.map(({ read }) => read?.(reading));
    if (values.every((value) => value === undefined)) return undefined;
    const numbers: number[] = [];
    for (const [i, { name, absent, min, max, read, path }] of parts.entries()) {
      if (read === undefined) {
        numbers.push(absent);
        continue;
      }
      const value = values[i];
      if (value === undefined)
        return { reason: 'missing-column', detail: formatDetail(`expected the ${name} at ${path}`) };
      const number = typeof value === 'string' && WHOLE_TEXT.test(value) ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isInteger(number))
        return wrongType(`a whole ${name} at ${path}`, value);
      if (number < min || number > max)
        return outOfRange(`a ${name} from ${min} to ${max} at ${path}`, value);
      numbers.push(number);
    }
    const [year, month, day, hour, minute, second, millisecond] = numbers as SevenNumbers;
    if (day > daysInMonth(year, month)) return outOfRange(`a day of ${year}-${month}`, day);
    const local =
      daysOfDate(year, month, day) * MS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
    const millis = checkRange(toUtc(local));
    return Number.isNaN(millis) ? outOfRange('a time of the years 0001 to 9999', year) : millis;
  };
}

/** The first of the paths that leads to a value that is there. */
function compileAlternatives(paths: readonly JsonPath[], isNull: (value: unknown) => boolean): ReadPath {
  const reads = paths.map(compilePath);
  return (root) => {
    for (const read of reads) {
      const value = read(root);
      if (!isNull(value)) return value;
    }
    return undefined;
  };
}
