import { STATES, USUAL_CLASSES, USUAL_MODES } from '../../fleets/factory/packml.ts';
import { holdReports, type LineHistory, measureLine } from '../../src/oee/index.ts';
import type { RawRow, Row } from './lake-rig.ts';

const HOUR = 3_600_000;
const CARRY = 7 * 24 * HOUR;

export type PlainTables = Readonly<
  Record<'states' | 'modes' | 'design_speeds' | 'counts', readonly RawRow[]>
>;

/**
 * The key figures once more, without any SQL: windows are found by looking at the platform's clock hour by hour, intervals by
 * walking from report to report, figures by the formulas.
 *
 * @param borders hours of the local day at which windows begin; undefined: every hour
 */
export function computeOee(
  tables: PlainTables,
  asOf: number,
  timeZone: string,
  borders: readonly number[] | undefined,
): Row[] {
  const rows: Row[] = [];
  const lines = new Set(Object.values(tables).flatMap((each) => each.map((row) => String(row['line']))));
  for (const line of lines) {
    const of = (table: keyof PlainTables, column: string) =>
      byTime(tables[table].filter((row) => row['line'] === line)).map((row) => ({
        at: Number(row['reported_at']),
        value: Number(row[column]),
      }));
    const states = holdReports(of('states', 'state'), CARRY);
    const modes = holdReports(of('modes', 'mode'), CARRY);
    const steps = stepsOf(tables.counts.filter((row) => row['line'] === line));
    const history: LineHistory = {
      states: states.map((each) => ({ ...each, value: USUAL_CLASSES[STATES[each.value]!] })),
      designSpeeds: holdReports(of('design_speeds', 'speed'), CARRY),
      steps: steps.map(({ at, counter, step }) => ({
        at,
        processed: counter === 'ProdProcessedCount' ? step : 0,
        defective: counter === 'ProdDefectiveCount' ? step : 0,
      })),
    };
    const times = [...states.map(({ from }) => from), ...steps.map(({ at }) => at)];
    if (times.length === 0) continue;
    const last = Math.max(asOf, ...times);
    for (let { from, to } = windowAt(Math.min(...times), timeZone, borders); from <= last;) {
      const known = Math.min(to, asOf);
      const heard = steps.filter(({ at }) => at >= from && at < to);
      if (heard.length > 0 || (from < known && states.some((each) => each.from < known && each.to > from))) {
        const figures = measureLine(history, { from, to, asOf }, { microstop: 120_000 });
        const has = (counter: string) => heard.some((each) => each.counter === counter);
        const total = (counter: string) =>
          has(counter)
            ? heard.filter((each) => each.counter === counter).reduce((sum, each) => sum + each.step, 0)
            : null;
        const processed = total('ProdProcessedCount');
        const defective = total('ProdDefectiveCount') ?? (processed === null ? null : 0);
        const unheard = processed === null;
        rows.push({
          window_start: from,
          window_end: to,
          line,
          available_s: figures.available / 1000,
          slow_s: figures.slow / 1000,
          microstop_s: figures.microstopped / 1000,
          stopped_s: figures.stopped / 1000,
          excluded_s: figures.excluded / 1000,
          unknown_s: figures.unknown / 1000,
          changeover_s:
            modes
              .filter(({ value }) => value === 4)
              .reduce(
                (sum, each) => sum + Math.max(0, Math.min(each.to, known) - Math.max(each.from, from)),
                0,
              ) / 1000,
          microstops: figures.microstops,
          stops: figures.stops,
          ideal_parts: figures.idealParts,
          consumed: total('ProdConsumedCount'),
          processed,
          defective,
          good: processed === null || defective === null ? null : processed - defective,
          availability: figures.availability ?? null,
          performance: unheard ? null : (figures.performance ?? null),
          quality: unheard ? null : (figures.quality ?? null),
          oee: unheard ? (figures.availability === 0 ? 0 : null) : (figures.oee ?? null),
        });
      }
      ({ from, to } = windowAt(to, timeZone, borders));
    }
  }
  return rows;
}

/** What each line said, from report to report: the tables of intervals, by their models' names. */
export function computeIntervals(
  tables: PlainTables,
  timeZone: string,
): Record<'state_intervals' | 'mode_intervals' | 'design_speed_intervals', Row[]> {
  return {
    state_intervals: walkReports(tables.states).map(({ row, before, next }) => ({
      ...heldFrom(row, next, timeZone, 'state'),
      state: row['state'],
      state_name: STATES[Number(row['state'])],
      class: USUAL_CLASSES[STATES[Number(row['state'])]!] ?? null,
      previous_state: before?.['state'] ?? null,
    })),
    mode_intervals: walkReports(tables.modes).map(({ row, next }) => ({
      ...heldFrom(row, next, timeZone, 'mode'),
      mode: row['mode'],
      mode_name: USUAL_MODES.find(({ mode }) => mode === row['mode'])?.name ?? null,
      changeover: USUAL_MODES.some(({ mode, changeover }) => mode === row['mode'] && changeover),
    })),
    design_speed_intervals: walkReports(tables.design_speeds).map(({ row, next }) => ({
      ...heldFrom(row, next, timeZone, 'speed'),
      design_speed: row['speed'],
    })),
  };
}

function heldFrom(row: RawRow, next: RawRow | undefined, timeZone: string, what: string): Row {
  const from = Number(row['reported_at']);
  return {
    window_start: windowAt(from, timeZone, [0]).from,
    line: row['line'],
    [`${what}_start`]: from,
    [`${what}_end`]: next?.['reported_at'] ?? null,
    known_until: next?.['reported_at'] ?? from + CARRY,
  };
}

/** Each report of each line with the one before and the one after it, where these are near enough. */
function walkReports(
  rows: readonly RawRow[],
): { row: RawRow; before: RawRow | undefined; next: RawRow | undefined }[] {
  const near = (a: RawRow | undefined, b: RawRow | undefined) =>
    a !== undefined && b !== undefined && Number(b['reported_at']) - Number(a['reported_at']) <= CARRY;
  return Array.from(Map.groupBy(rows, (row) => String(row['line'])).values()).flatMap((own) =>
    byTime(own).map((row, i, all) => ({
      row,
      before: near(all[i - 1], row) ? all[i - 1] : undefined,
      next: near(row, all[i + 1]) ? all[i + 1] : undefined,
    })),
  );
}

/** Time in each state, and how often it was come into. */
export function computeStates(tables: PlainTables, asOf: number): Row[] {
  const rows = new Map<string, Record<string, number | string>>();
  for (const [line, own] of Map.groupBy(tables.states, (row) => String(row['line']))) {
    const reports = byTime(own).map((row) => ({
      at: Number(row['reported_at']),
      value: Number(row['state']),
    }));
    for (const [i, each] of holdReports(reports, CARRY).entries()) {
      const end = Math.min(each.to, asOf);
      // a clock that is ahead: nothing has passed in it yet
      if (end <= each.from) continue;
      const before = reports[i - 1];
      const entered =
        before === undefined || each.from - before.at > CARRY || before.value !== each.value ? 1 : 0;
      for (let from = Math.floor(each.from / HOUR) * HOUR; from < end; from += HOUR) {
        const key = `${line} ${from} ${each.value}`;
        const row = rows.get(key) ?? { window_start: from, line, state: each.value, seconds: 0, entries: 0 };
        row['seconds'] =
          Number(row['seconds']) + (Math.min(end, from + HOUR) - Math.max(each.from, from)) / 1000;
        row['entries'] = Number(row['entries']) + (each.from >= from ? entered : 0);
        rows.set(key, row);
      }
    }
  }
  return Array.from(rows.values());
}

function byTime(rows: readonly RawRow[]): RawRow[] {
  return rows.toSorted((a, b) => Number(a['reported_at']) - Number(b['reported_at']));
}

/** By how much each counter went on, and when that was heard of. */
function stepsOf(counts: readonly RawRow[]): { at: number; counter: string; step: number }[] {
  return Array.from(Map.groupBy(counts, (row) => String(row['counter']))).flatMap(([counter, own]) =>
    walkCounter(own, 'acc_count').map(({ row, step }) => ({ at: Number(row['reported_at']), counter, step })),
  );
}

/** The reports of one counter in their order, and by how much it went on with each. */
export function walkCounter(own: readonly RawRow[], column: string): { row: RawRow; step: number }[] {
  return byTime(own).map((row, i, all) => {
    const count = Number(row[column]);
    const before = all[i - 1];
    if (before === undefined || Number(row['reported_at']) - Number(before['reported_at']) > CARRY)
      return { row, step: 0 };
    const went = count - Number(before[column]);
    return { row, step: went >= 0 ? went : count };
  });
}

function windowAt(
  at: number,
  timeZone: string,
  borders: readonly number[] | undefined,
): { readonly from: number; readonly to: number } {
  let from = Math.floor(at / HOUR) * HOUR;
  let to = from + HOUR;
  if (borders === undefined) return { from, to };
  const clock = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', hour: 'numeric' });
  const begins = (instant: number) => borders.includes(Number(clock.format(instant)));
  while (!begins(from)) from -= HOUR;
  while (!begins(to)) to += HOUR;
  return { from, to };
}
