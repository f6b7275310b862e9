import { api, ask } from '../client.ts';
import { formatBytes, formatCount } from '../format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Chart } from '../parts/chart.tsx';
import { Empty, Fault, Figure } from '../parts/small.tsx';
import { useAnswer } from '../use-answer.ts';

export type TableProps = {
  readonly name: string;
  readonly newest: number;
  readonly version: string | undefined;
};

/** Schema, partitions, health and properties of a table at a version. */
export function TableOverview({ name, newest, version }: TableProps) {
  const { value, error } = useAnswer(version ?? `newest ${newest}`, `${name} ${version}`, () =>
    ask(
      api.tables[':table'].$get({ param: { table: name }, query: version === undefined ? {} : { version } }),
    ),
  );
  if (error !== undefined) return <Fault>{error}</Fault>;
  if (value === undefined) return <Empty>Reading the log …</Empty>;
  const { health } = value;
  const many = health.small > 50;
  return (
    <>
      <dl class="figures card">
        <Figure name="version" value={formatCount(value.version)} />
        <Figure name="rows" value={formatCount(value.rows)} />
        <Figure name="bytes" value={formatBytes(value.bytes)} />
        <Figure name="files" value={formatCount(value.files)} />
        <Figure name="median file" value={formatBytes(health.medianBytes)} />
        <Figure
          name={`files below ${formatBytes(health.smallBelow)}`}
          value={formatCount(health.small)}
          {...(many && { tone: 'warn' as const })}
        />
      </dl>
      {many && (
        <p class="hint">Many small files cost every query a request each. Compaction puts them together.</p>
      )}
      <div class="columns">
        <section class="card" aria-labelledby="schema">
          <h2 id="schema">Schema</h2>
          <DataTable
            label={`Columns of ${name}`}
            height="420px"
            columns={[{ name: 'column' }, { name: 'type' }, { name: 'null' }]}
            rows={value.schema.map((column) => [
              <>
                {column.name}
                {column.partition && <span class="tag">partition</span>}
              </>,
              column.type,
              column.nullable ? 'allowed' : 'never',
            ])}
          />
        </section>
        <section class="card" aria-labelledby="sizes">
          <h2 id="sizes">File sizes</h2>
          <Chart
            label="Files by size"
            x={health.sizes.map((_, i) => i)}
            names={health.sizes.map(({ upTo }) => (upTo === null ? 'more' : `< ${formatBytes(upTo)}`))}
            series={[{ label: 'files', values: health.sizes.map(({ files }) => files) }]}
            form="bars"
            height={160}
          />
          {value.partitions.length > 0 && (
            <>
              <h3>Partitions</h3>
              <DataTable
                label={`Partitions of ${name}`}
                height="220px"
                columns={[
                  { name: 'partition' },
                  { name: 'files', type: 'number' },
                  { name: 'rows', type: 'number' },
                  { name: 'bytes', type: 'number' },
                ]}
                rows={value.partitions.map(({ values, files, rows, bytes }) => [
                  Object.entries(values)
                    .map(([column, at]) => `${column}=${at ?? 'null'}`)
                    .join(' '),
                  formatCount(files),
                  formatCount(rows),
                  formatBytes(bytes),
                ])}
              />
            </>
          )}
        </section>
      </div>
      <div class="columns">
        <section class="card" aria-labelledby="progress">
          <h2 id="progress">Progress, committed with the data</h2>
          <DataTable
            label="Applications and their newest versions in the log"
            height="220px"
            columns={[{ name: 'version', type: 'number' }, { name: 'application' }]}
            rows={value.progress.map(({ key, version: at }) => [formatCount(at), key])}
          />
        </section>
        <section class="card" aria-labelledby="properties">
          <h2 id="properties">Properties</h2>
          <dl class="facts">
            <dt>id</dt>
            <dd>{value.id}</dd>
            <dt>protocol</dt>
            <dd>
              reader {value.protocol.reader}, writer {value.protocol.writer}
            </dd>
            {Object.entries(value.properties).map(([key, text]) => [
              <dt key={key}>{key}</dt>,
              <dd>{text}</dd>,
            ])}
          </dl>
        </section>
      </div>
    </>
  );
}
