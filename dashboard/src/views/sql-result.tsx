import { useState } from 'preact/hooks';
import type { QueryAnswer } from '../../../local/web/query-desk.ts';
import { api, ask } from '../client.ts';
import { formatCount, formatDuration } from '../format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Pager } from '../parts/pager.tsx';
import { Choice, Fault } from '../parts/small.tsx';
import { useAnswer } from '../use-answer.ts';
import { ResultChart } from './result-chart.tsx';

const PAGE = 200;

/** The answer of a query, a page at a time; the whole of it as a file. */
export function SqlResult({ answer }: { readonly answer: QueryAnswer }) {
  const [form, setForm] = useState<'table' | 'chart'>('table');
  const [offset, setOffset] = useState(0);
  const { value, error } = useAnswer(`${answer.id} ${offset}`, answer.id, () =>
    offset === 0
      ? Promise.resolve({ rows: answer.page })
      : ask(
          api.sql.queries[':id'].rows.$get({
            param: { id: answer.id },
            query: { offset: String(offset), limit: String(PAGE) },
          }),
        ),
  );
  const rows = value?.rows ?? answer.page;
  return (
    <section class="card" aria-label="Result">
      <div class="actions">
        <Choice
          label="How the result is shown"
          choices={[
            { value: 'table', name: 'Table' },
            { value: 'chart', name: 'Chart' },
          ]}
          value={form}
          onChange={setForm}
        />
        <span role="status">
          {formatCount(answer.rows)} {answer.rows === 1 ? 'row' : 'rows'} in{' '}
          {formatDuration(answer.milliseconds)}
        </span>
        <a class="button" href={`/api/v1/sql/queries/${answer.id}/download?format=csv`} download>
          CSV
        </a>
        <a class="button" href={`/api/v1/sql/queries/${answer.id}/download?format=parquet`} download>
          Parquet
        </a>
      </div>
      {error !== undefined && <Fault>{error}</Fault>}
      {form === 'chart' ? (
        <ResultChart answer={answer} />
      ) : (
        <>
          <DataTable
            label="Rows of the result"
            height="55vh"
            columns={answer.columns}
            rows={rows.map((cells) =>
              cells.map((cell) => (cell === null ? null : <span class="cell">{cell}</span>)),
            )}
          />
          <Pager offset={offset} page={PAGE} total={answer.rows} what="rows" onChange={setOffset} />
        </>
      )}
    </section>
  );
}
