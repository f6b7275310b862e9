import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { formatValue } from '../format.ts';
import { seriesColor, theme, themeColor } from '../theme.ts';

export type Series = { readonly label: string; readonly values: readonly (number | null)[] };

export type ChartProps = {
  /** what somebody hears who cannot see it */
  readonly label: string;
  /** seconds since the epoch where `time`, otherwise any numbers in ascending order */
  readonly x: readonly number[];
  readonly series: readonly Series[];
  /** the site's zone; undefined: x is no time */
  readonly zone?: string | undefined;
  readonly form: 'line' | 'bars' | 'steps';
  readonly height: number;
  readonly unit?: string | null | undefined;
  /** names under the axis instead of numbers */
  readonly names?: readonly string[] | undefined;
  readonly legend?: boolean;
  readonly format?: ((value: number) => string) | undefined;
};

/** A chart by uPlot: a canvas, and its legend in the page's own words, whose buttons hide and show lines. */
export function Chart(props: ChartProps) {
  const { label, x, series, zone, form, height, names, legend = series.length > 1 } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const shape = JSON.stringify([
    series.map((each) => each.label),
    zone,
    form,
    height,
    names,
    props.unit,
    theme.value,
  ]);
  const data = useMemo(
    () => [x, ...series.map(({ values }) => values)] as unknown as uPlot.AlignedData,
    [x, series],
  );

  useEffect(() => {
    const element = host.current!;
    const made = new uPlot(optionsOf(props, element.clientWidth, setAt), data, element);
    series.forEach((each, i) => hidden.has(each.label) && made.setSeries(i + 1, { show: false }));
    plot.current = made;
    const watcher = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height });
    });
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = null;
    };
    // data is set below: a new value is no reason for a new chart
  }, [shape]);
  useEffect(() => plot.current?.setData(data), [data]);

  function toggle(index: number): void {
    const next = new Set(hidden);
    const { label: name } = series[index]!;
    if (!next.delete(name)) next.add(name);
    setHidden(next);
    plot.current?.setSeries(index + 1, { show: !next.has(name) });
  }

  const format = props.format ?? formatValue;
  return (
    <div class="chart">
      <div ref={host} role="img" aria-label={label} />
      {legend && (
        <ul class="legend">
          {series.map((each, i) => (
            <li key={each.label}>
              <button
                type="button"
                aria-pressed={!hidden.has(each.label)}
                title={`Hide or show ${each.label}`}
                onClick={() => toggle(i)}
              >
                <span class="swatch" style={{ background: `var(--series-${(i % 12) + 1})` }} />
                {each.label}
                {at !== null && <b>{format(each.values[at] ?? Number.NaN).replace('NaN', '–')}</b>}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function optionsOf(
  { series, zone, form, height, unit, names, format = formatValue }: ChartProps,
  width: number,
  setAt: (index: number | null) => void,
): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: themeColor('muted'),
    grid: { stroke: themeColor('line'), width: 1 },
    ticks: { show: false },
    font: '11px ui-sans-serif, system-ui, sans-serif',
  };
  const bars = uPlot.paths.bars!({ size: [0.8, 60], align: names === undefined ? 1 : 0, gap: 1 });
  return {
    width: Math.max(width, 120),
    height,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    ...(zone !== undefined && { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), zone) }),
    scales: {
      x: {
        time: zone !== undefined,
        ...(names !== undefined && { range: [-0.6, names.length - 0.4] as uPlot.Range.MinMax }),
      },
      y: form === 'bars' ? { range: (_, min, max) => [Math.min(0, min), Math.max(0, max) * 1.05 || 1] } : {},
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 70,
        size: zone === undefined ? 24 : 38,
        ...(zone !== undefined && { values: TIME_AXIS }),
        ...(names !== undefined && {
          splits: () => names.map((_, i) => i),
          values: (u: uPlot, splits: number[]) => shorten(names, splits, u.width),
          space: 1,
        }),
      },
      {
        ...axis,
        size: 54,
        values: (_, splits) => splits.map((split) => format(split)),
        ...(typeof unit === 'string' && { label: unit, labelSize: 16, labelFont: axis.font!, labelGap: 0 }),
      },
    ],
    series: [
      {},
      ...series.map((each, i): uPlot.Series => {
        const color = seriesColor(i);
        return form === 'bars'
          ? { label: each.label, fill: color, stroke: color, width: 0, paths: bars, points: { show: false } }
          : {
              label: each.label,
              stroke: color,
              width: 1.5,
              // lines whose times are not the others' would fall apart into dots
              spanGaps: true,
              ...(form === 'steps' && { paths: uPlot.paths.stepped!({ align: 1 }) }),
              points: { show: each.values.length < 3, size: 5 },
            };
      }),
    ],
    hooks: { setCursor: [(u) => setAt(u.cursor.idx ?? null)] },
  };
}

/** pixels */
const LETTER = 6.6;
const LEAST_LETTERS = 7;

/** Names that have room: turned text is hard to read. */
function shorten(names: readonly string[], splits: readonly number[], width: number): (string | null)[] {
  const room = (width - 70) / names.length / LETTER;
  const every = room >= LEAST_LETTERS ? 1 : Math.ceil(LEAST_LETTERS / room);
  return splits.map((split) => {
    const name = names[split];
    if (name === undefined || split % every !== 0) return null;
    const letters = Math.floor(room * every) - 1;
    return name.length > letters ? `${name.slice(0, letters - 1)}…` : name;
  });
}

/** uPlot's forms of a time axis, in a day's 24 hours: increment, form, and what a new year, month, day, … adds. */
const TIME_AXIS = [
  [3600 * 24 * 365, '{YYYY}', null, null, null, null, null, null, 1],
  [3600 * 24 * 28, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [3600 * 24, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [3600, '{HH}:{mm}', '\n{D} {MMM} {YYYY}', null, '\n{D} {MMM}', null, null, null, 1],
  [60, '{HH}:{mm}', '\n{D} {MMM} {YYYY}', null, '\n{D} {MMM}', null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', '\n{D} {MMM} {YYYY}', null, '\n{D} {MMM}', null, null, null, 1],
] as unknown as uPlot.Axis.Values;
