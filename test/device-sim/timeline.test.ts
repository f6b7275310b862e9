import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { createRandom } from '../../device-sim/random.ts';
import { createTimeline } from '../../device-sim/timeline.ts';

test('actions run in the order of their times, whatever the order of their making, also those made meanwhile', () => {
  vi.useFakeTimers({ now: 0 });
  try {
    const timeline = createTimeline(Date.now, (error) => expect.unreachable(String(error)));
    const random = createRandom(1);
    const times = Array.from({ length: 2000 }, () => Math.floor(random() * 5000));
    const ran: [due: number, now: number][] = [];
    for (const at of times) timeline.schedule(at, () => ran.push([at, Date.now()]));
    timeline.schedule(2500, () => timeline.schedule(2600.5, () => ran.push([2600.5, Date.now()])));
    vi.advanceTimersByTime(6000);
    expect(ran.map(([due]) => due)).toEqual([...times, 2600.5].sort((a, b) => a - b));
    expect(ran.every(([due, now]) => now >= due && now - due <= 1)).toBe(true);
    timeline.stop();
  } finally {
    vi.useRealTimers();
  }
});

test('an action that throws ends the timeline and is told once', async () => {
  const errors: unknown[] = [];
  const ran: number[] = [];
  const timeline = createTimeline(Date.now, (error) => errors.push(error));
  const now = Date.now();
  timeline.schedule(now + 1, () => {
    throw new Error('broken');
  });
  timeline.schedule(now + 2, () => ran.push(2));
  await sleep(30);
  timeline.schedule(now, () => ran.push(3));
  await sleep(10);
  expect(errors.map(String)).toEqual(['Error: broken']);
  expect(ran).toEqual([]);
});
