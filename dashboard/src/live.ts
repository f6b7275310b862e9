import { computed, signal } from '@preact/signals';
import type { LiveState, Moment } from '../../local/web/live-state.ts';
import { api, ask } from './client.ts';

/** ten minutes */
const MOMENTS = 600;
const STALE_MS = 5_000;

/** The run as it is; undefined before the first word of it. */
export const live = signal<LiveState | undefined>(undefined);
/** The last ten minutes, a moment a second. */
export const moments = signal<readonly Moment[]>([]);
export const connected = signal(true);

/** Nobody tells us how the run is: what is shown is old. */
export const isStale = computed(
  () => !connected.value || (live.value !== undefined && live.value.staleMs > STALE_MS),
);

/** Listens for as long as the page is open; the browser takes a broken line up again by itself. */
export function startListening(): void {
  const events = new EventSource('/api/v1/events');
  events.addEventListener('open', () => {
    connected.value = true;
    void loadMoments();
  });
  events.addEventListener('error', () => (connected.value = false));
  events.addEventListener('state', ({ data }: MessageEvent<string>) => {
    const state = JSON.parse(data) as LiveState;
    live.value = state;
    connected.value = true;
    note(state);
  });
}

async function loadMoments(): Promise<void> {
  try {
    moments.value = (await ask(api.moments.$get())).moments;
  } catch {
    // the line of events says that it is broken
  }
}

function note({ at, rates, shards, latency }: LiveState): void {
  const last = moments.value.at(-1);
  if (last !== undefined && at - last.at < 1000) return;
  const lag = shards.reduce((sum, shard) => sum + shard.lag, 0);
  const next = { at, messages: rates.messages, rows: rates.rows, lag, p50: latency.p50, p99: latency.p99 };
  moments.value = [...moments.value.slice(1 - MOMENTS), next];
}
