/** Proleptic Gregorian calendar by arithmetic: days since 1970-01-01 and back (Howard Hinnant's algorithms). */

const DAYS_PER_ERA = 146_097;
const DAYS_TO_EPOCH = 719_468;

export const MS_PER_DAY = 86_400_000;

/** Days since 1970-01-01 of a date; `month` from 1. */
export function daysOfDate(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - DAYS_TO_EPOCH;
}

/** The date of a number of days since 1970-01-01; `month` from 1. */
export function dateOfDays(days: number): {
  readonly year: number;
  readonly month: number;
  readonly day: number;
} {
  const shifted = days + DAYS_TO_EPOCH;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** ISO text of a date; years beyond 0000–9999 with a sign and six digits, as ISO 8601 has it. */
export function formatDate(days: number): string {
  const { year, month, day } = dateOfDays(days);
  const padded =
    year >= 0 && year <= 9999 ? pad(year, 4) : `${year < 0 ? '-' : '+'}${pad(Math.abs(year), 6)}`;
  return `${padded}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** ISO text, without a zone, of microseconds since the epoch; always six digits of fraction. */
export function formatMicros(micros: bigint): string {
  const perDay = BigInt(MS_PER_DAY) * 1000n;
  const rest = ((micros % perDay) + perDay) % perDay;
  const date = formatDate(Number((micros - rest) / perDay));
  const time = Number(rest);
  const hour = Math.floor(time / 3_600_000_000);
  const minute = Math.floor(time / 60_000_000) % 60;
  const second = Math.floor(time / 1_000_000) % 60;
  return `${date}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}.${pad(time % 1_000_000, 6)}`;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
