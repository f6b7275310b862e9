import type { Rollup } from '../../src/fleet/model.ts';
import { type GoldRow, keyOf, type Reading } from './rig.ts';

/**
 * The rollup of `rig.ts` once more, over plain objects, without any of the code under test: windows are found by looking at the
 * platform's clock minute by minute, measures by their definitions.
 */
export function computePlainly(readings: readonly Reading[], gold: Rollup, identified: boolean): GoldRow[] {
  const latest = new Map<string, Reading>();
  readings.forEach((reading, i) => {
    const key = identified ? `${reading.device} ${reading.at}` : String(i);
    const rival = latest.get(key);
    if (rival === undefined || isLater(reading, rival)) latest.set(key, reading);
  });
  const windowOf = createWindows(gold);
  const groups = new Map<string, { readonly window: Stretch; readonly members: Reading[] }>();
  for (const reading of latest.values()) {
    const window = windowOf(reading.at);
    const key = `${window.from} ${String(reading.site)}`;
    const group = groups.get(key) ?? { window, members: [] };
    groups.set(key, group);
    group.members.push(reading);
  }
  const watermark = Math.max(...readings.map(({ at }) => at)) - gold.lateness;
  return Array.from(groups.values(), ({ window, members }) => rowOf(window, members, watermark, gold)).sort(
    (a, b) => (keyOf(a) < keyOf(b) ? -1 : 1),
  );
}

function isLater(a: Reading, b: Reading): boolean {
  const [left, right] = [a, b].map(({ arrivedAt, shard, position }) => [arrivedAt, shard, position] as const);
  if (left![0] !== right![0]) return left![0] > right![0];
  return left![1] === right![1] ? left![2] > right![2] : left![1] > right![1];
}

type Stretch = { readonly from: number; readonly to: number };

function rowOf(window: Stretch, members: readonly Reading[], watermark: number, gold: Rollup): GoldRow {
  const ordered = members.toSorted((a, b) => a.at - b.at || (isLater(a, b) ? 1 : -1));
  const v = ordered.flatMap((each) => (each.v === null ? [] : [each.v]));
  const n = ordered.flatMap((each) => (each.n === null ? [] : [each.n]));
  const labels = ordered.flatMap((each) => (each.label === null ? [] : [each.label]));
  const byNumber = (values: readonly number[]) => values.toSorted((a, b) => a - b);
  const total = (values: readonly number[]) =>
    values.length === 0 ? undefined : values.reduce((sum, each) => sum + each, 0);
  const mean = (values: readonly number[]) =>
    values.length === 0 ? undefined : total(values)! / values.length;
  const rank = (values: readonly number[], percent: number) =>
    byNumber(values)[Math.ceil((percent * values.length) / 100) - 1];
  const deviation = (values: readonly number[]) => {
    if (values.length < 2) return undefined;
    const middle = mean(values)!;
    return Math.sqrt(total(values.map((each) => (each - middle) ** 2))! / (values.length - 1));
  };
  const whole = (value: number | undefined) => (value === undefined ? undefined : BigInt(value));
  const day = new Date(window.from);
  return {
    window_start: BigInt(window.from) * 1000n,
    window_end: BigInt(window.to) * 1000n,
    site: members[0]!.site ?? undefined,
    readings: BigInt(members.length),
    v_sum: total(v),
    v_avg: mean(v),
    v_min: byNumber(v)[0],
    v_max: byNumber(v).at(-1),
    v_dev: deviation(v),
    v_p50: rank(v, 50),
    v_p90: rank(v, 90),
    v_p99: rank(v, 99),
    n_sum: whole(total(n)),
    n_avg: mean(n),
    n_dev: deviation(n),
    n_p90: whole(rank(n, 90)),
    v_first: v[0],
    v_last: v.at(-1),
    label_first: labels[0],
    label_last: labels.at(-1),
    label_max: labels.toSorted().at(-1),
    as_of: BigInt(Math.max(...members.map(({ arrivedAt }) => arrivedAt))) * 1000n,
    final: window.to <= watermark,
    ...(gold.partition === 'day' ? { _date: Math.floor(window.from / 86_400_000) } : {}),
    ...(gold.partition === 'month'
      ? { _month: Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1) / 86_400_000 }
      : {}),
  };
}

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

/** Finds the window of an instant by walking to both sides until the clock in the zone shows a border. */
function createWindows({ every, timeZone }: Rollup): (at: number) => Stretch {
  const clock = createClock(timeZone);
  const known: Stretch[] = [];
  if (every.unit === 'second') {
    const width = every.count * 1000;
    return (at) => ({ from: Math.floor(at / width) * width, to: Math.floor(at / width) * width + width });
  }
  const isBorder = (at: number): boolean => {
    const [before, now] = [clock(at - MINUTE) + MINUTE, clock(at)];
    switch (every.unit) {
      case 'minute':
      case 'hour': {
        const width = every.count * (every.unit === 'hour' ? 60 * MINUTE : MINUTE);
        return now % width === 0 || Math.floor(now / width) > Math.floor((before - 1) / width);
      }
      case 'week':
        return Math.floor(now / DAY) !== Math.floor((before - 1) / DAY) && new Date(now).getUTCDay() === 1;
      default:
        return Math.floor(now / DAY) !== Math.floor((before - 1) / DAY);
    }
  };
  return (at) => {
    const found = known.find(({ from, to }) => from <= at && at < to);
    if (found !== undefined) return found;
    let from = Math.floor(at / MINUTE) * MINUTE;
    while (!isBorder(from)) from -= MINUTE;
    let to = Math.floor(at / MINUTE) * MINUTE + MINUTE;
    while (!isBorder(to)) to += MINUTE;
    const window = { from, to };
    known.push(window);
    return window;
  };
}

/** What a clock in the zone shows at a full minute, as if it were UTC. */
function createClock(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (at) => {
    const parts = Object.fromEntries(
      format.formatToParts(at).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 1, day = 0, hour = 0, minute = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute);
  };
}
