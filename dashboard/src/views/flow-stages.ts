import type { LiveState, TableState } from '../../../local/web/live-state.ts';
import { formatBytes, formatCount, formatDuration, formatRate, formatShort, plural } from '../format.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'idle';

/** A word of the sentence that the product tells: who hands what on to whom, and what goes wrong there. */
export type Stage = {
  readonly id: 'devices' | 'broker' | 'stream' | 'ingest' | 'tables' | 'rollups' | 'quarantine';
  readonly name: string;
  readonly figure: string;
  readonly unit: string;
  readonly notes: readonly string[];
  readonly tone: Tone;
  /** what is wrong here, in one line each */
  readonly faults: readonly string[];
  readonly to: string;
};

/** A record that waits longer than this waits for something. */
const OLD_MS = 30_000;
/** Rollups are made every half minute: older than this they were missed. */
const STALE_ROLLUP_MS = 120_000;

/** Which stage a step of the schedule belongs to. */
const STEP_STAGES: Readonly<Record<string, Stage['id']>> = {
  recover: 'ingest',
  rollup: 'rollups',
  'test-data': 'rollups',
  optimize: 'tables',
  vacuum: 'tables',
  checkpoint: 'tables',
  retention: 'stream',
};

/** The stages of a run, each with its own faults. */
export function stagesOf(state: LiveState): readonly Stage[] {
  const stepFaults = (id: Stage['id']) =>
    state.schedule.steps.flatMap(({ step, ok, error }) =>
      !ok && (STEP_STAGES[step] ?? 'tables') === id ? [`the step ${step} failed: ${error}`] : [],
    );
  return [
    devicesStage(state),
    brokerStage(state),
    streamStage(state, stepFaults('stream')),
    ingestStage(state, stepFaults('ingest')),
    tablesStage(state, stepFaults('tables')),
    rollupsStage(state, stepFaults('rollups')),
    quarantineStage(state),
  ];
}

function devicesStage({ devices: connected, simulation }: LiveState): Stage {
  return {
    id: 'devices',
    name: 'Devices',
    figure: formatShort(connected),
    unit: 'connected',
    notes: simulation === null ? ['your own'] : [`${plural(simulation.devices, 'device')} simulated`],
    tone: connected === 0 ? 'idle' : 'good',
    faults: [],
    to: '/fleets',
  };
}

function brokerStage({ broker: { published, streamed, refused }, rates }: LiveState): Stage {
  return {
    id: 'broker',
    name: 'Broker',
    figure: formatRate(rates.messages),
    unit: 'messages/s',
    notes: [
      `${formatShort(published)} taken`,
      ...(published > streamed ? [`${formatShort(published - streamed)} match no rule`] : []),
    ],
    tone: refused > 0 ? 'warn' : rates.messages > 0 ? 'good' : 'idle',
    faults: refused > 0 ? [`${plural(refused, 'message')} refused: see logs/runtime.log`] : [],
    to: '/stream',
  };
}

function streamStage({ shards, stream: { records, bytes } }: LiveState, faults: readonly string[]): Stage {
  const lag = shards.reduce((total, shard) => total + shard.lag, 0);
  const age = Math.max(0, ...shards.map(({ iteratorAge }) => iteratorAge));
  const old = age > OLD_MS ? [`the oldest record has waited for ${formatDuration(age)}`] : [];
  return {
    id: 'stream',
    name: 'Stream',
    figure: formatShort(lag),
    unit: 'waiting',
    notes: [
      `${plural(shards.length, 'shard')}, ${formatShort(records)} records`,
      `${formatBytes(bytes)}, oldest ${formatDuration(age)}`,
    ],
    tone: faults.length > 0 ? 'bad' : old.length > 0 ? 'warn' : 'good',
    faults: [...faults, ...old],
    to: '/stream',
  };
}

function ingestStage({ ingest: of }: LiveState, stepFaults: readonly string[]): Stage {
  const failing =
    of.failuresInARow > 0 ? [`${plural(of.failuresInARow, 'failure')} in a row: ${of.lastError}`] : [];
  const given = of.givenUp > 0 ? [`${plural(of.givenUp, 'record')} given up; they come back by origin`] : [];
  return {
    id: 'ingest',
    name: 'Ingest',
    figure: formatShort(of.batches),
    unit: of.batches === 1 ? 'batch' : 'batches',
    notes: [
      `${formatShort(of.records)} records`,
      of.failures === 0 ? 'no failures' : `${plural(of.failures, 'failure')} so far`,
      ...(of.failures > 0 && of.failuresInARow === 0 ? [`the last: ${shorten(of.lastError)}`] : []),
    ],
    tone: failing.length + stepFaults.length > 0 ? 'bad' : given.length > 0 ? 'warn' : 'good',
    faults: [...failing, ...stepFaults, ...given],
    to: '/tables',
  };
}

/** What went wrong without the names of the errors that it came in. */
function shorten(error: string | null): string {
  const words = (error ?? '').replaceAll(/\b\w*Error: |function \w+ failed: /g, '');
  return words.length > 72 ? `${words.slice(0, 70)}…` : words;
}

function tablesStage({ tables: all, rates }: LiveState, stepFaults: readonly string[]): Stage {
  const raw = all.filter(({ kind }) => kind === 'table');
  const faults = [...stepFaults, ...faultsOf(raw)];
  return {
    id: 'tables',
    name: 'Tables',
    figure: formatShort(sum(raw, ({ rows }) => rows)),
    unit: 'rows',
    notes: [
      `${formatRate(rates.rows)} rows/s, ${formatRate(rates.commits)} commits/s`,
      `${formatCount(sum(raw, ({ files }) => files))} files, ${formatBytes(sum(raw, ({ bytes }) => bytes))}`,
    ],
    tone: faults.length > 0 ? 'bad' : 'good',
    faults,
    to: '/tables',
  };
}

function rollupsStage({ tables: all, dataTests, at }: LiveState, stepFaults: readonly string[]): Stage {
  const gold = all.filter(({ kind }) => kind === 'rollup' || kind === 'model');
  const behind = gold.map(({ name, freshness }) => ({ name, ms: ageOf(freshness?.behindSince ?? null, at) }));
  const worst = Math.max(0, ...behind.map(({ ms }) => ms));
  const late = behind
    .filter(({ ms }) => ms > STALE_ROLLUP_MS)
    .map(({ name, ms }) => `${name} lacks what came ${formatDuration(ms)} ago`);
  const broken = [...stepFaults, ...faultsOf(gold)];
  const violated = dataTests.flatMap(({ fleet, source, test, outcome, violations }) =>
    outcome === 'violated'
      ? [`${fleet}.${source}: ${test} is violated ${formatCount(violations)} times`]
      : [],
  );
  return {
    id: 'rollups',
    name: 'Rollups',
    figure: worst === 0 ? '0 s' : formatDuration(worst),
    unit: 'behind',
    notes: [
      `${plural(gold.length, 'table')}, ${formatShort(sum(gold, ({ rows }) => rows))} rows`,
      dataTests.length === 0
        ? 'made every 30 s'
        : `${dataTests.filter(({ outcome }) => outcome !== 'violated').length} of ${plural(dataTests.length, 'data test')} hold`,
    ],
    tone: broken.length > 0 ? 'bad' : late.length + violated.length > 0 ? 'warn' : 'good',
    faults: [...broken, ...late, ...violated],
    to: '/fleets',
  };
}

function quarantineStage({ tables: all, openInQuarantine: open }: LiveState): Stage {
  const table = all.filter(({ kind }) => kind === 'quarantine');
  return {
    id: 'quarantine',
    name: 'Quarantine',
    figure: formatShort(open),
    unit: 'open',
    notes: [`${formatShort(sum(table, ({ rows }) => rows))} ever`],
    tone: faultsOf(table).length > 0 ? 'bad' : open > 0 ? 'warn' : 'idle',
    faults: [...faultsOf(table), ...(open > 0 ? [`${plural(open, 'message')} could not become rows`] : [])],
    to: '/tables/quarantine',
  };
}

function faultsOf(tables: readonly TableState[]): string[] {
  return tables.flatMap(({ name, fault }) => (fault === null ? [] : [`${name}: ${fault}`]));
}

function ageOf(since: number | null, now: number): number {
  return since === null ? 0 : Math.max(0, now - since);
}

function sum(tables: readonly TableState[], of: (table: TableState) => number): number {
  return tables.reduce((total, table) => total + of(table), 0);
}
