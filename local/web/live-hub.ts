import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../src/clock.ts';
import type { LakeFollower, LakeState } from './lake-follower.ts';
import type { LiveState, Moment, RunReport } from './live-state.ts';

const TICK_MS = 500;
const RATES_OVER_MS = 5_000;
/** ten minutes, a moment a second */
const MOMENTS = 600;

/** The state of the run, made anew twice a second for everybody who listens. */
export type LiveHub = {
  /** undefined before the first report */
  state(): LiveState | undefined;
  moments(): readonly Moment[];
  /** Called after each change. Returns how to stop that. */
  subscribe(listener: (state: LiveState) => void): () => void;
  report(report: RunReport): void;
  stop(): Promise<void>;
};

type Counters = {
  readonly at: number;
  readonly messages: number;
  readonly rows: number;
  readonly commits: number;
};

export function startLiveHub(lake: LakeFollower, clock: Clock = Date.now): LiveHub {
  const listeners = new Set<(state: LiveState) => void>();
  const stopped = new AbortController();
  let newest: RunReport | undefined;
  let current: LiveState | undefined;
  let counters: Counters[] = [];
  let moments: Moment[] = [];

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      await lake.follow();
      tick();
      // the next look begins a while after this one has ended: a slow disk is not asked for more
      await sleep(TICK_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  }

  function tick(): void {
    if (newest === undefined) return;
    const now = clock();
    const of = lake.state(now);
    counters = [
      ...counters.filter(({ at }) => at > now - RATES_OVER_MS),
      { at: now, messages: newest.broker.published, rows: of.rows, commits: of.commits },
    ];
    current = assemble(newest, of, ratesOf(counters), now);
    note(current);
    for (const listener of listeners) listener(current);
  }

  function note({ at, rates, shards, latency }: LiveState): void {
    const last = moments.at(-1);
    if (last !== undefined && at - last.at < 1000) return;
    const lag = shards.reduce((sum, shard) => sum + shard.lag, 0);
    moments.push({
      at,
      messages: rates.messages,
      rows: rates.rows,
      lag,
      p50: latency.p50,
      p99: latency.p99,
    });
    if (moments.length > MOMENTS) moments = moments.slice(-MOMENTS);
  }

  const running = run();
  return {
    state: () => current,
    moments: () => moments,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    report(report) {
      newest = report;
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

function ratesOf(counters: readonly Counters[]) {
  const [first, last] = [counters[0]!, counters.at(-1)!];
  const seconds = Math.max(1, (last.at - first.at) / 1000);
  return {
    messages: (last.messages - first.messages) / seconds,
    // compaction and retention change no row; a rewrite may, and is no flow
    rows: Math.max(0, last.rows - first.rows) / seconds,
    commits: (last.commits - first.commits) / seconds,
  };
}

function assemble(
  { at, broker, stream, ingest, schedule, dataTests, simulation }: RunReport,
  lake: LakeState,
  rates: LiveState['rates'],
  now: number,
): LiveState {
  const { connected, ...counts } = broker;
  const { batches, records, failures, failuresInARow, givenUp, lastError } = ingest;
  return {
    at: now,
    staleMs: now - at,
    devices: connected,
    broker: counts,
    simulation,
    stream,
    ingest: { batches, records, failures, failuresInARow, givenUp, lastError: lastError ?? null },
    shards: ingest.shards,
    schedule,
    tables: lake.tables,
    dataTests,
    openInQuarantine: lake.openInQuarantine,
    latency: lake.latency,
    rates,
  };
}
