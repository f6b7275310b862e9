import { useMemo } from 'preact/hooks';
import type { LiveState, TableState } from '../../../local/web/live-state.ts';
import { formatBytes, formatCount, formatDuration, formatRate, LOCAL_ZONE } from '../format.ts';
import { live, moments } from '../live.ts';
import { Chart } from '../parts/chart.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { Empty, Figure, Link, ViewHead } from '../parts/small.tsx';
import { type Stage, stagesOf } from './flow-stages.ts';

/** The sentence that the product tells, as it happens. */
export function FlowView() {
  const state = live.value;
  return (
    <>
      <ViewHead title="Flow" />
      {state === undefined ? (
        <Empty>Waiting for the first word from the product …</Empty>
      ) : (
        <Picture state={state} />
      )}
      <Charts />
      {state !== undefined && (
        <div class="columns">
          <Freshness state={state} />
          <Schedule state={state} />
        </div>
      )}
    </>
  );
}

function Picture({ state }: { readonly state: LiveState }) {
  const stages = stagesOf(state);
  const flowing = state.rates.messages > 0;
  return (
    <ol class={`flow ${flowing ? 'flowing' : ''}`}>
      {stages.map((stage) => (
        <li key={stage.id} class={`stage ${stage.id} ${stage.tone}`} data-stage={stage.id}>
          <StageCard stage={stage} />
        </li>
      ))}
    </ol>
  );
}

const TONES = { good: 'well', warn: 'look here', bad: 'fails', idle: 'quiet' } as const;

function StageCard({ stage: { name, figure, unit, notes, tone, faults, to } }: { readonly stage: Stage }) {
  return (
    <>
      <h2>
        <Link to={to}>{name}</Link>
        <span class="tone">{TONES[tone]}</span>
      </h2>
      <p class="big">
        <b>{figure}</b> {unit}
      </p>
      {notes.map((note) => (
        <p key={note.replace(/[\d.,]+/g, '')} class="note">
          {note}
        </p>
      ))}
      {faults.map((fault) => (
        <p key={fault.replace(/[\d.,]+/g, '')} class="stage-fault">
          {fault}
        </p>
      ))}
    </>
  );
}

function Charts() {
  const list = moments.value;
  const x = useMemo(() => list.map(({ at }) => at / 1000), [list]);
  const rates = useMemo(
    () => [
      { label: 'messages/s', values: list.map(({ messages }) => messages) },
      { label: 'rows/s', values: list.map(({ rows }) => rows) },
    ],
    [list],
  );
  const latency = useMemo(
    () => [
      { label: 'p50', values: list.map(({ p50 }) => p50) },
      { label: 'p99', values: list.map(({ p99 }) => p99) },
    ],
    [list],
  );
  const lag = useMemo(() => [{ label: 'waiting', values: list.map((moment) => moment.lag) }], [list]);
  const now = live.value?.latency;
  return (
    <div class="columns three">
      <section class="card" aria-labelledby="latency">
        <h2 id="latency">From published to queryable</h2>
        <dl class="figures">
          <Figure name="half within" value={formatDuration(now?.p50)} />
          <Figure name="99 of 100 within" value={formatDuration(now?.p99)} />
          <Figure name="rows, last minute" value={formatCount(now?.rows ?? 0)} />
        </dl>
        <Chart
          label="Latency of the last ten minutes"
          x={x}
          series={latency}
          zone={LOCAL_ZONE}
          form="line"
          height={150}
          format={formatDuration}
        />
      </section>
      <section class="card" aria-labelledby="throughput">
        <h2 id="throughput">Throughput</h2>
        <dl class="figures">
          <Figure name="messages" value={formatRate(live.value?.rates.messages ?? 0)} unit="/s" />
          <Figure name="rows" value={formatRate(live.value?.rates.rows ?? 0)} unit="/s" />
          <Figure name="commits" value={formatRate(live.value?.rates.commits ?? 0)} unit="/s" />
        </dl>
        <Chart
          label="Messages and rows a second in the last ten minutes"
          x={x}
          series={rates}
          zone={LOCAL_ZONE}
          form="line"
          height={150}
        />
      </section>
      <section class="card" aria-labelledby="lag">
        <h2 id="lag">Waiting on the stream</h2>
        <dl class="figures">
          <Figure name="records" value={formatCount(list.at(-1)?.lag ?? 0)} />
          <Figure
            name="the oldest"
            value={formatDuration(
              Math.max(0, ...(live.value?.shards.map(({ iteratorAge }) => iteratorAge) ?? [])),
            )}
          />
        </dl>
        <Chart
          label="Records waiting in the last ten minutes"
          x={x}
          series={lag}
          zone={LOCAL_ZONE}
          form="line"
          height={150}
          legend={false}
        />
      </section>
    </div>
  );
}

function Freshness({ state }: { readonly state: LiveState }) {
  return (
    <section class="card" aria-labelledby="fresh">
      <h2 id="fresh">Tables</h2>
      <DataTable
        label="Tables and how fresh they are"
        columns={[
          { name: 'table' },
          { name: 'version', type: 'number' },
          { name: 'rows', type: 'number' },
          { name: 'files', type: 'number' },
          { name: 'bytes', type: 'number' },
          { name: 'last commit' },
          { name: 'made from', title: 'The version of its source that a rollup holds' },
        ]}
        rows={state.tables.map((table) => [
          <Link to={`/tables/${table.name}`}>{table.name}</Link>,
          table.version ?? '–',
          formatCount(table.rows),
          formatCount(table.files),
          formatBytes(table.bytes),
          table.lastCommitAt === null
            ? '–'
            : `${formatDuration(Math.max(0, state.at - table.lastCommitAt))} ago`,
          sourceOf(table, state.at),
        ])}
      />
    </section>
  );
}

function sourceOf({ freshness }: TableState, now: number): string {
  if (freshness === null) return '';
  const { source, sourceVersion, madeFrom, behindSince } = freshness;
  if (behindSince === null) return `${source} ${madeFrom}, the newest`;
  return `${source} ${madeFrom} of ${sourceVersion}, ${formatDuration(now - behindSince)} behind`;
}

function Schedule({ state: { schedule } }: { readonly state: LiveState }) {
  return (
    <section class="card" aria-labelledby="schedule">
      <h2 id="schedule">Schedule</h2>
      {schedule.steps.length === 0 ? (
        <Empty>The first run is yet to come: every 30 seconds.</Empty>
      ) : (
        <DataTable
          label="Steps of the last run of the schedule"
          columns={[{ name: 'step' }, { name: 'outcome' }, { name: 'took', type: 'number' }]}
          rows={schedule.steps.map(({ step, ok, error, milliseconds }) => [
            step,
            <span class={ok ? 'good' : 'bad'}>{ok ? 'done' : error}</span>,
            formatDuration(milliseconds),
          ])}
        />
      )}
      <p class="note">{formatCount(schedule.runs)} runs since the start</p>
    </section>
  );
}
