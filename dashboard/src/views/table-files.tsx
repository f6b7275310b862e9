import { useState } from 'preact/hooks';
import type { FileReport } from '../../../local/web/table-report.ts';
import { api, ask } from '../client.ts';
import { formatBytes, formatCount, formatTime, LOCAL_ZONE } from '../format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Empty, Fault } from '../parts/small.tsx';
import { Pager } from '../parts/pager.tsx';
import { useAnswer } from '../use-answer.ts';
import type { TableProps } from './table-overview.tsx';

const PAGE = 50;

/** The live files of a table at a version, the newest first; of one its statistics. */
export function TableFiles({ name, newest, version }: TableProps) {
  const [offset, setOffset] = useState(0);
  const [chosen, setChosen] = useState<FileReport>();
  const { value, error } = useAnswer(`${version ?? newest} ${offset}`, `${name} ${version} ${offset}`, () =>
    ask(
      api.tables[':table'].files.$get({
        param: { table: name },
        query: { offset: String(offset), limit: String(PAGE), ...(version !== undefined && { version }) },
      }),
    ),
  );
  if (error !== undefined) return <Fault>{error}</Fault>;
  if (value === undefined) return <Empty>Reading the log …</Empty>;
  return (
    <div class="split">
      <section class="card" aria-label="Files">
        <DataTable
          label={`Files of ${name}`}
          height="60vh"
          columns={[
            { name: 'file' },
            { name: 'rows', type: 'number' },
            { name: 'bytes', type: 'number' },
            { name: 'written' },
          ]}
          rows={value.files.map((file) => [
            <button
              type="button"
              class="link"
              aria-pressed={file.path === chosen?.path}
              onClick={() => setChosen(file)}
            >
              {shortPath(file.path)}
            </button>,
            file.rows === null ? '–' : formatCount(file.rows),
            formatBytes(file.bytes),
            formatTime(file.modifiedAt, LOCAL_ZONE),
          ])}
        />
        <Pager offset={offset} page={PAGE} total={value.total} what="files" onChange={setOffset} />
      </section>
      {chosen !== undefined && (
        <section class="card detail" aria-label="Statistics of a file">
          <header>
            <h2>Statistics</h2>
            <button type="button" onClick={() => setChosen(undefined)}>
              Close
            </button>
          </header>
          <p class="note path">{chosen.path}</p>
          <DataTable
            label="Statistics by column"
            columns={[
              { name: 'column' },
              { name: 'least' },
              { name: 'greatest' },
              { name: 'nulls', type: 'number' },
            ]}
            rows={chosen.columns.map(({ name: column, min, max, nulls }) => [
              column,
              min ?? '',
              max ?? '',
              nulls === null ? '' : formatCount(nulls),
            ])}
          />
        </section>
      )}
    </div>
  );
}

/** The partition, and the part of a name that tells files apart. */
function shortPath(path: string): string {
  const [name = path, ...folders] = path.split('/').toReversed();
  return [...folders.toReversed(), name.length > 24 ? `${name.slice(0, 14)}…${name.slice(-18)}` : name].join(
    '/',
  );
}
