import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Clock, Sleep } from '../src/clock.ts';

/** A time that passes only while everybody waits for it: a thousand writers with S3's delays take seconds, and repeat. */
export type VirtualTime = {
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Lets time pass until `work` is done. */
  run<T>(work: Promise<T>): Promise<T>;
};

export function createVirtualTime(start = Date.UTC(2026, 0, 1)): VirtualTime {
  let now = start;
  const sleepers = new Map<number, (() => void)[]>();
  return {
    clock: () => now,
    sleep(milliseconds) {
      const at = now + Math.max(1, Math.ceil(milliseconds));
      return new Promise((resolve) => {
        const others = sleepers.get(at);
        if (others === undefined) sleepers.set(at, [resolve]);
        else others.push(resolve);
      });
    },
    async run(work) {
      let isOver = false;
      const over = () => (isOver = true);
      work.then(over, over);
      await yieldToOthers();
      while (!isOver) {
        if (sleepers.size === 0) throw new Error('everybody waits for something that is no time');
        now++;
        const due = sleepers.get(now);
        if (due === undefined) continue;
        sleepers.delete(now);
        for (const resume of due) resume();
        await yieldToOthers();
      }
      return work;
    },
  };
}
