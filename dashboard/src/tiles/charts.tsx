import { useMemo } from 'preact/hooks';
import { Chart, type Series } from '../parts/chart.tsx';
import { formatTime, formatValue } from '../format.ts';
import type { TileProps } from './tile-props.ts';

const HEIGHT = 220;

/** A line for each group and column over time. */
export function TrendTile({ tile, answer, zone }: TileProps) {
  const { x, series } = useMemo(
    () =>
      linesOf(
        answer.rows,
        answer.columns.map(({ name }) => name),
      ),
    [answer],
  );
  return (
    <Chart
      label={`${tile.title} over time`}
      x={x}
      series={series}
      zone={zone}
      form="line"
      height={HEIGHT}
      unit={answer.columns[0]?.unit}
      legend={series.length > 1}
    />
  );
}

/** Rows of label, time and values as lines over the same times. */
export function linesOf(
  rows: readonly (readonly (string | null)[])[],
  columns: readonly string[],
): { readonly x: readonly number[]; readonly series: readonly Series[] } {
  const times = Array.from(new Set(rows.map(([, at]) => Number(at)))).sort((a, b) => a - b);
  const places = new Map(times.map((at, i) => [at, i]));
  const lines = new Map<string, (number | null)[]>();
  for (const [label, at, ...values] of rows) {
    values.forEach((value, i) => {
      const column = columns.length > 1 ? columns[i]! : undefined;
      const name = [label, column].filter(Boolean).join(' · ') || columns[i]!;
      const line = lines.get(name) ?? Array.from({ length: times.length }, () => null);
      lines.set(name, line);
      line[places.get(Number(at))!] = numberOf(value);
    });
  }
  const sorted = Array.from(lines).sort(([a], [b]) => a.localeCompare(b));
  return { x: times.map((at) => at / 1000), series: sorted.map(([label, values]) => ({ label, values })) };
}

/** A bar for each group, or for each stretch of time where nothing groups. */
export function BarsTile({ tile, answer, zone }: TileProps) {
  const chart = useMemo(() => {
    const series = answer.columns.map(({ name }, i) => ({
      label: name,
      values: answer.rows.map((row) => numberOf(row[i + 1] ?? null)),
    }));
    const labels = answer.rows.map(([label]) => label ?? '');
    return tile.by === null
      ? { x: labels.map((at) => Number(at) / 1000), names: undefined, series }
      : { x: labels.map((_, i) => i), names: labels, series };
  }, [answer, tile.by]);
  return (
    <Chart
      label={`${tile.title} by ${tile.by ?? 'time'}`}
      {...chart}
      zone={tile.by === null ? zone : undefined}
      form="bars"
      height={HEIGHT}
      unit={answer.columns[0]?.unit}
    />
  );
}

/** How often values lie where; several columns one below the other. */
export function HistogramTile({ tile, answer }: TileProps) {
  return (
    <>
      {answer.columns.map(({ name, unit }) => (
        <Bins key={name} title={tile.title} name={name} unit={unit} rows={answer.rows} />
      ))}
    </>
  );
}

function Bins({
  title,
  name,
  unit,
  rows,
}: {
  readonly title: string;
  readonly name: string;
  readonly unit: string | null;
  readonly rows: readonly (readonly (string | null)[])[];
}) {
  const { x, names, series } = useMemo(() => {
    const own = rows.filter(([column]) => column === name);
    const count = new Map(own.map(([, bin, , , n]) => [Number(bin), Number(n)]));
    const first = own[0];
    const width = first === undefined ? 1 : Number(first[3]) - Number(first[2]);
    const low = first === undefined ? 0 : Number(first[2]) - Number(first[1]) * width;
    const bins = Array.from({ length: 1 + Math.max(0, ...count.keys()) }, (_, i) => i);
    return {
      x: bins,
      names: bins.map((bin) => formatValue(low + (bin + 0.5) * width)),
      series: [{ label: name, values: bins.map((bin) => count.get(bin) ?? 0) }],
    };
  }, [rows, name]);
  return (
    <>
      <Chart
        label={`${title}: how often ${name} lies where`}
        x={x}
        names={names}
        series={series}
        form="bars"
        height={HEIGHT}
      />
      <p class="axis-name">
        {name}
        {unit !== null && `, ${unit}`}
      </p>
    </>
  );
}

export function numberOf(text: string | null): number | null {
  if (text === null) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** A cell as a person reads it: times in the site's zone. */
export function cellText(text: string | null, zone: string): string {
  if (text === null) return '–';
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) return formatTime(Date.parse(text), zone);
  return /^-?\d+\.\d{4,}$/.test(text) ? formatValue(Number(text)) : text;
}
