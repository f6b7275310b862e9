import type { Clock } from '../src/clock.ts';

/** Actions by time: one heap and one timer for any number of devices. */
export type Timeline = {
  /** Runs `action` once `at` (milliseconds on the clock) has come; in the order of the times. */
  schedule(at: number, action: () => void): void;
  stop(): void;
};

type Due = { readonly at: number; readonly action: () => void };

/** An action that throws ends the timeline: `onError` hears of it. */
export function createTimeline(clock: Clock, onError: (error: unknown) => void): Timeline {
  const heap: Due[] = [];
  let timer: NodeJS.Timeout | undefined;
  let wakesAt = Infinity;
  let stopped = false;

  function wake(): void {
    wakesAt = Infinity;
    const now = clock();
    try {
      while (!stopped && heap.length > 0 && heap[0]!.at <= now) popFirst(heap).action();
      arm();
    } catch (error) {
      stop();
      onError(error);
    }
  }

  function stop(): void {
    stopped = true;
    clearTimeout(timer);
    heap.length = 0;
  }

  function arm(): void {
    const first = heap[0];
    if (stopped || first === undefined || first.at >= wakesAt) return;
    clearTimeout(timer);
    wakesAt = first.at;
    timer = setTimeout(wake, Math.max(0, first.at - clock()));
  }

  return {
    schedule(at, action) {
      if (stopped) return;
      pushSorted(heap, { at, action });
      arm();
    },
    stop,
  };
}

function pushSorted(heap: Due[], due: Due): void {
  let slot = heap.length;
  while (slot > 0) {
    const parent = (slot - 1) >> 1;
    if (heap[parent]!.at <= due.at) break;
    heap[slot] = heap[parent]!;
    slot = parent;
  }
  heap[slot] = due;
}

function popFirst(heap: Due[]): Due {
  const first = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return first;
  let slot = 0;
  for (;;) {
    let child = 2 * slot + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
    if (heap[child]!.at >= last.at) break;
    heap[slot] = heap[child]!;
    slot = child;
  }
  heap[slot] = last;
  return first;
}
