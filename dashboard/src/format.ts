/** How figures and times are written, everywhere alike. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export function formatCount(value: number): string {
  return whole.format(value);
}

/** `12.4K` from ten thousand on. */
export function formatShort(value: number): string {
  return Math.abs(value) < 10_000 ? whole.format(value) : short.format(value);
}

/** A measured value: four digits that matter. */
export function formatValue(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (Number.isInteger(value) || Math.abs(value) >= 10_000) return whole.format(value);
  return new Intl.NumberFormat('en', { maximumSignificantDigits: 4 }).format(value);
}

export function formatRate(perSecond: number): string {
  return perSecond >= 100 ? whole.format(perSecond) : (Math.round(perSecond * 10) / 10).toString();
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  if (ms < 172_800_000) return `${(ms / 3_600_000).toFixed(1)} h`;
  return `${(ms / 86_400_000).toFixed(1)} d`;
}

/** `2026-01-31 12:00:00.000` in a zone. */
export function formatTime(ms: number, zone: string, withMillis = false): string {
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    ...(withMillis && { fractionalSecondDigits: 3 as const }),
  }).format(ms);
  return text.replace(',', '.');
}

/** What the clocks of a zone call `2026-01-31T12:00`, as milliseconds, UTC; of a hour that comes twice the first. */
export function fromWallTime(wall: string, zone: string): number {
  const asUtc = Date.parse(`${wall}Z`);
  const offsetAt = (at: number) => Date.parse(`${formatTime(at, zone).replace(' ', 'T')}Z`) - at;
  const day = 86_400_000;
  // the offsets on both sides of a change of clocks
  const offsets = [offsetAt(asUtc - day), offsetAt(asUtc + day)];
  const fitting = offsets.map((offset) => asUtc - offset).filter((at) => at + offsetAt(at) === asUtc);
  return fitting.length > 0 ? Math.min(...fitting) : asUtc - offsets[0]!;
}

/** Names of this computer's zone, for what has no site: the stream, the log. */
export const LOCAL_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
