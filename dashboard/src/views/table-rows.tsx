import { api, ask } from '../client.ts';
import { formatCount } from '../format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Empty, Fault } from '../parts/small.tsx';
import { useAnswer } from '../use-answer.ts';
import type { TableProps } from './table-overview.tsx';

/** The first rows of a table at a version. */
export function TableRows({ name, newest, version }: TableProps) {
  const { value, error } = useAnswer(version ?? `newest ${newest}`, `${name} ${version}`, () =>
    ask(
      api.tables[':table'].rows.$get({
        param: { table: name },
        query: version === undefined ? {} : { version },
      }),
    ),
  );
  if (error !== undefined) return <Fault>{error}</Fault>;
  if (value === undefined) return <Empty>Reading …</Empty>;
  return (
    <section class="card" aria-label="Rows">
      <DataTable
        label={`Rows of ${name}`}
        height="70vh"
        columns={value.columns.map((column) => ({ name: column }))}
        rows={value.rows.map((cells) =>
          cells.map((cell) => (cell === null ? null : <span class="cell">{cell}</span>)),
        )}
      />
      <p class="note">
        {formatCount(value.rows.length)} rows of version {version ?? newest}
      </p>
    </section>
  );
}
