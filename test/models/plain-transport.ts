import type { RawRow, Row } from './lake-rig.ts';

const DAY = 86_400_000;
const ATTRIBUTES = ['manufacturer_name', 'company_id', 'company_name', 'vehicle_type', 'length_m'];

/** What units were, and when, from all that was ever said of them, one saying a unit and time. */
export function computeHistory(descriptions: readonly RawRow[]): Row[] {
  return Array.from(Map.groupBy(descriptions, (row) => row['unit']).values()).flatMap((own) => {
    const history: { valid_from: number; valid_to: number | null; said: RawRow }[] = [];
    for (const said of own.toSorted((a, b) => Number(a['changed_at']) - Number(b['changed_at']))) {
      const last = history.at(-1);
      if (last !== undefined && ATTRIBUTES.every((name) => last.said[name] === said[name])) continue;
      const from = Number(said['changed_at']);
      if (last !== undefined) last.valid_to = from;
      history.push({ valid_from: from, valid_to: null, said });
    }
    return history.map(({ said, ...valid }) => ({
      unit: said['unit'],
      ...Object.fromEntries(ATTRIBUTES.map((name) => [name, said[name]])),
      ...valid,
    }));
  });
}

/** Days in UTC, by what units were when they reported. `by`: what makes a group beside the day. */
export function computeDaily(
  performance: readonly RawRow[],
  history: readonly Row[],
  by: readonly string[],
): Row[] {
  const readings = performance.map((row) => {
    const at = Number(row['created_at']);
    const was = history.find(
      (each) =>
        each['unit'] === row['unit'] &&
        Number(each['valid_from']) <= at &&
        (each['valid_to'] === null || Number(each['valid_to']) > at),
    );
    const described = ['vehicle_type', 'company_id', 'company_name'].map((name) => [
      name,
      was?.[name] ?? null,
    ]);
    return { ...row, ...Object.fromEntries(described), window_start: Math.floor(at / DAY) * DAY } as Row;
  });
  const names = ['window_start', ...by];
  return Array.from(
    Map.groupBy(readings, (row) => JSON.stringify(names.map((name) => row[name]))).values(),
    (own) => {
      const numbers = (name: string) =>
        own.map((row) => row[name]).filter((value) => typeof value === 'number');
      return {
        ...Object.fromEntries(names.map((name) => [name, own[0]![name]])),
        readings: own.length,
        avg_fuel_percentage: mean(numbers('fuel_percentage')),
        avg_speed_km_h: mean(numbers('speed_km_h')),
        p90_speed_km_h: nearestRank(numbers('speed_km_h')),
        avg_engine_temperature: mean(numbers('engine_temperature')),
        p90_engine_temperature: nearestRank(numbers('engine_temperature')),
      };
    },
  );
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, each) => sum + each, 0) / values.length;
}

function nearestRank(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.ceil((90 * values.length) / 100) - 1] ?? null;
}
