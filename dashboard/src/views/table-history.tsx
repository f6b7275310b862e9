import { useMemo, useState } from 'preact/hooks';
import type { CommitReport } from '../../../local/web/table-report.ts';
import { api, ask } from '../client.ts';
import { formatBytes, formatCount, formatTime, LOCAL_ZONE } from '../format.ts';
import { live } from '../live.ts';
import { Chart } from '../parts/chart.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { Empty, Fault, Link } from '../parts/small.tsx';
import { withQuery } from '../router.ts';
import { useAnswer } from '../use-answer.ts';

const PAGE = 100;
const MOST = 500;

/** The commits of a table, the newest first: who did what, and how the table grew by it. */
export function TableHistory({ name, newest }: { readonly name: string; readonly newest: number }) {
  const [limit, setLimit] = useState(PAGE);
  const { value, error } = useAnswer(`${newest} ${limit}`, name, () =>
    ask(api.tables[':table'].history.$get({ param: { table: name }, query: { limit: String(limit) } })),
  );
  if (error !== undefined) return <Fault>{error}</Fault>;
  if (value === undefined) return <Empty>Reading the log …</Empty>;
  return (
    <>
      <Growth name={name} commits={value.commits} />
      <section class="card" aria-label="Commits">
        <DataTable
          label={`Commits of ${name}`}
          height="60vh"
          columns={[
            { name: 'version', type: 'number' },
            { name: 'committed' },
            { name: 'operation' },
            { name: 'files added', type: 'number' },
            { name: 'rows added', type: 'number' },
            { name: 'bytes added', type: 'number' },
            { name: 'files removed', type: 'number' },
            { name: 'metrics' },
          ]}
          rows={value.commits.map((commit) => [
            <Link to={withQuery({ tab: 'rows', version: String(commit.version) })}>
              {formatCount(commit.version)}
            </Link>,
            commit.at === null ? '–' : formatTime(commit.at, LOCAL_ZONE, true),
            <>
              {commit.operation ?? '–'}
              {!commit.dataChange && commit.added.files > 0 && <span class="tag">same rows</span>}
            </>,
            formatCount(commit.added.files),
            formatCount(commit.added.rows),
            formatBytes(commit.added.bytes),
            formatCount(commit.removed.files),
            <code class="preview">{metricsOf(commit)}</code>,
          ])}
        />
        {value.commits.length >= limit && limit < MOST && (
          <button type="button" onClick={() => setLimit(MOST)}>
            Show the last {MOST}
          </button>
        )}
      </section>
    </>
  );
}

/** From what the table is now, back through what each commit added and removed. */
function Growth({ name, commits }: { readonly name: string; readonly commits: readonly CommitReport[] }) {
  const table = live.value?.tables.find((each) => each.name === name);
  const chart = useMemo(() => {
    let bytes = table?.bytes ?? 0;
    let files = table?.files ?? 0;
    const points = commits
      .filter(({ at }) => at !== null)
      .map(({ at, added, removed }) => {
        const point = { at: at!, bytes, files };
        bytes -= added.bytes - removed.bytes;
        files -= added.files - removed.files;
        return point;
      })
      .toReversed();
    return {
      x: points.map(({ at }) => at / 1000),
      bytes: [{ label: 'bytes', values: points.map((point) => point.bytes) }],
      files: [{ label: 'files', values: points.map((point) => point.files) }],
    };
  }, [commits]);
  if (commits.length < 2) return null;
  return (
    <div class="columns">
      <section class="card" aria-labelledby="grown">
        <h2 id="grown">Bytes</h2>
        <Chart
          label={`Bytes of ${name} over time`}
          x={chart.x}
          series={chart.bytes}
          zone={LOCAL_ZONE}
          form="steps"
          height={140}
          format={formatBytes}
        />
      </section>
      <section class="card" aria-labelledby="filed">
        <h2 id="filed">Files</h2>
        <Chart
          label={`Files of ${name} over time`}
          x={chart.x}
          series={chart.files}
          zone={LOCAL_ZONE}
          form="steps"
          height={140}
        />
      </section>
    </div>
  );
}

function metricsOf({ metrics, parameters }: CommitReport): string {
  return Object.entries({ ...parameters, ...metrics })
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}
