import { formatTime, formatValue } from '../format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { cellText, numberOf } from './charts.tsx';
import type { TileProps } from './tile-props.ts';

/** One large figure a column, for each group. */
export function NumberTile({ answer, zone }: TileProps) {
  return (
    <div class="numbers">
      {answer.rows.map(([label, ...values]) => (
        <div key={label} class="number-group">
          {label !== '' && <h3>{label}</h3>}
          <dl>
            {answer.columns.map(({ name, unit }, i) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  {numberOf(values[i] ?? null) === null
                    ? cellText(values[i] ?? null, zone)
                    : formatValue(numberOf(values[i]!))}
                  {unit !== null && <small> {unit}</small>}
                </dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
    </div>
  );
}

const LEADING: Readonly<Record<string, readonly string[]>> = {
  number: [''],
  trend: ['', 'time'],
  bars: [''],
  histogram: [],
  table: ['', 'time'],
  map: ['', 'time'],
  oee: ['', 'time'],
  timeline: ['', 'from', 'to', 'state'],
};

/** The rows behind a tile; the tile itself where it is a table. */
export function TableTile({ tile, answer, zone }: TileProps) {
  const leading = LEADING[answer.kind] ?? [];
  const grouped = answer.rows.some(([label]) => label !== '' && label !== null);
  const names =
    answer.kind === 'histogram'
      ? ['column', 'bin', 'from', 'to', 'count']
      : answer.kind === 'timeline'
        ? leading
        : [
            ...leading,
            ...answer.columns.map(({ name, unit }) => (unit === null ? name : `${name} (${unit})`)),
          ];
  const first = names[0] === '' && !grouped ? 1 : 0;
  const isTime = (i: number) =>
    ['time', 'from', 'to'].includes(names[i] ?? '') && answer.kind !== 'histogram';
  const rows = answer.kind === 'trend' ? answer.rows.toReversed().slice(0, 200) : answer.rows;
  const timeLabels = answer.kind === 'bars' && tile.by === null;
  return (
    <DataTable
      label={`${tile.title}, figures`}
      height="260px"
      columns={names.slice(first).map((name, i) => ({
        name: name === '' ? (timeLabels ? 'time' : (tile.by ?? 'group')) : name,
        type: isTime(i + first) || i + first === 0 ? undefined : columnType(answer.rows, i + first),
      }))}
      rows={rows.map((cells) =>
        cells
          .slice(first)
          .map((cell, i) =>
            cell !== null && (isTime(i + first) || (timeLabels && i === 0))
              ? formatTime(Number(cell), zone)
              : cellText(cell, zone),
          ),
      )}
    />
  );
}

function columnType(rows: readonly (readonly (string | null)[])[], at: number): string | undefined {
  return rows.every((row) => row[at] === null || row[at] === undefined || Number.isFinite(Number(row[at])))
    ? 'number'
    : undefined;
}
