import { walkCounter } from './plain-factory.ts';
import type { RawRow, Row } from './lake-rig.ts';

const HOUR = 3_600_000;

/** What each generator gave between its reports, without any SQL: walked from report to report, whatever the area. */
export function computeEnergySteps(generators: readonly RawRow[]): Row[] {
  return Array.from(Map.groupBy(generators, (row) => String(row['generator']))).flatMap(([generator, own]) =>
    walkCounter(own, 'energy_kwh').map(({ row, step }) => ({
      window_start: startOfHour(Number(row['reported_at'])),
      site: row['site'],
      area: row['area'],
      generator,
      reported_at: row['reported_at'],
      energy_kwh: step,
    })),
  );
}

/**
 * Energy of each area and hour in which a generator reported, and what a good part cost of it.
 *
 * @param figures the lines' key figures by the hour: `window_start`, `line`, `good`
 */
export function computeEnergy(
  steps: readonly Row[],
  figures: readonly Row[],
  areaOf: (line: string) => string,
): Row[] {
  const hours = Map.groupBy(steps, (step) => `${String(step['area'])} ${String(step['window_start'])}`);
  return Array.from(hours.values(), (own) => {
    const { window_start, site, area } = own[0]!;
    const energy = own.reduce((sum, { energy_kwh }) => sum + Number(energy_kwh), 0);
    const goods = figures
      .filter((each) => each['window_start'] === window_start && areaOf(String(each['line'])) === area)
      .flatMap(({ good }) => (good === null ? [] : [Number(good)]));
    const good = goods.length === 0 ? null : goods.reduce((sum, each) => sum + each, 0);
    return {
      window_start,
      window_end: Number(window_start) + HOUR,
      site,
      area,
      energy_kwh: energy,
      good,
      kwh_per_good_part: good !== null && good > 0 ? energy / good : null,
    };
  });
}

/** Hours of the site begin with those of UTC: its zone is off by whole ones. */
function startOfHour(at: number): number {
  return Math.floor(at / HOUR) * HOUR;
}
