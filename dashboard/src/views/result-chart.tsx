import { useMemo } from 'preact/hooks';
import type { QueryAnswer } from '../../../local/web/query-desk.ts';
import { api, ask } from '../client.ts';
import { formatCount } from '../format.ts';
import { Chart } from '../parts/chart.tsx';
import { isNumberType } from '../parts/data-table.tsx';
import { Empty, Fault } from '../parts/small.tsx';
import { linesOf, numberOf } from '../tiles/charts.tsx';
import { useAnswer } from '../use-answer.ts';

/** No screen shows more, and no page should hold more. */
const MOST = 5_000;
const HEIGHT = 360;

/** A result as lines over its time, or as bars over its first text: numbers are what is drawn. */
export function ResultChart({ answer }: { readonly answer: QueryAnswer }) {
  const { value, error } = useAnswer(answer.id, answer.id, () =>
    ask(
      api.sql.queries[':id'].rows.$get({
        param: { id: answer.id },
        query: { offset: '0', limit: String(MOST) },
      }),
    ),
  );
  const chart = useMemo(() => value && drawable(answer.columns, value.rows), [value]);
  if (error !== undefined) return <Fault>{error}</Fault>;
  if (value === undefined) return <Empty>Loading …</Empty>;
  if (chart === undefined) return <Empty>A chart needs a column of numbers, beside a time or a text.</Empty>;
  return (
    <>
      <Chart label="The result as a chart" height={HEIGHT} {...chart} />
      {answer.rows > MOST && <p class="note">The first {formatCount(MOST)} rows.</p>}
    </>
  );
}

type Rows = readonly (readonly (string | null)[])[];

function drawable(columns: QueryAnswer['columns'], rows: Rows) {
  const at = columns.findIndex(({ type }) => /^(timestamp|date)/.test(type));
  const text = columns.findIndex(({ type }) => type === 'string');
  const numbers = columns.flatMap(({ type }, i) => (isNumberType(type) ? [i] : []));
  if (rows.length === 0 || numbers.length === 0) return undefined;
  const names = numbers.map((i) => columns[i]!.name);
  if (at >= 0) {
    const timed = rows.filter((row) => row[at] !== null);
    const asked = timed.map((row) => [
      text < 0 ? '' : row[text]!,
      String(Date.parse(row[at]!)),
      ...numbers.map((i) => row[i]!),
    ]);
    return { ...linesOf(asked, names), zone: 'UTC', form: 'line' as const };
  }
  if (text >= 0) {
    return {
      x: rows.map((_, i) => i),
      names: rows.map((row) => row[text] ?? 'null'),
      series: numbers
        .slice(0, 6)
        .map((i) => ({ label: columns[i]!.name, values: rows.map((row) => numberOf(row[i]!)) })),
      form: 'bars' as const,
    };
  }
  const [x, ...others] = numbers;
  if (others.length === 0)
    return {
      x: rows.map((_, i) => i),
      series: [{ label: names[0]!, values: rows.map((row) => numberOf(row[x!]!)) }],
      form: 'line' as const,
    };
  const sorted = [...rows].sort((a, b) => Number(a[x!]) - Number(b[x!]));
  return {
    x: sorted.map((row) => Number(row[x!])),
    series: others.map((i) => ({ label: columns[i]!.name, values: sorted.map((row) => numberOf(row[i]!)) })),
    form: 'line' as const,
  };
}
