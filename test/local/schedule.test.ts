import { describe, expect, it, onTestFinished } from 'vitest';
import { startSchedule, type Step, type StepOutcome } from '../../local/schedule.ts';

function start(steps: readonly Step[], everyMs = 3_600_000) {
  const reports: StepOutcome[] = [];
  const schedule = startSchedule({ steps, everyMs, report: (outcome) => reports.push(outcome) });
  onTestFinished(() => schedule.stop());
  return { schedule, reports };
}

describe('the schedule', () => {
  it('runs its steps one after another and says what each came to', async () => {
    const order: string[] = [];
    const step = (name: string) => ({
      name,
      async run() {
        order.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} ends`);
        return name.length;
      },
    });
    const { schedule, reports } = start([step('rollup'), step('checkpoint')]);
    const outcomes = await schedule.runNow();
    expect(order).toEqual(['rollup begins', 'rollup ends', 'checkpoint begins', 'checkpoint ends']);
    expect(outcomes).toMatchObject([
      { kind: 'succeeded', step: 'rollup', result: 6 },
      { kind: 'succeeded', step: 'checkpoint', result: 10 },
    ]);
    expect(reports).toEqual(outcomes);
    expect(schedule.status()).toEqual({ running: false, runs: 1, last: outcomes });
  });

  it('goes on after a step that fails, shows the failure, and tries again', async () => {
    let failing = true;
    const fault = new Error('no such table');
    const { schedule } = start([
      { name: 'rollup', run: () => (failing ? Promise.reject(fault) : Promise.resolve('fine')) },
      { name: 'checkpoint', run: () => Promise.resolve() },
    ]);
    expect(await schedule.runNow()).toMatchObject([
      { kind: 'failed', step: 'rollup', error: fault },
      { kind: 'succeeded' },
    ]);
    expect(schedule.status().last[0]).toMatchObject({ kind: 'failed', error: fault });
    failing = false;
    expect(await schedule.runNow()).toMatchObject([
      { kind: 'succeeded', result: 'fine' },
      { kind: 'succeeded' },
    ]);
  });

  it('leaves out what succeeded not long ago, and tries again what failed', async () => {
    let failing = true;
    const { schedule } = start([
      { name: 'rollup', run: () => Promise.resolve() },
      {
        name: 'vacuum',
        everyMs: 3_600_000,
        run: () => (failing ? Promise.reject(new Error('no disk')) : Promise.resolve()),
      },
    ]);
    const names = async () => (await schedule.runNow()).map(({ step, kind }) => `${step} ${kind}`);
    expect(await names()).toEqual(['rollup succeeded', 'vacuum failed']);
    failing = false;
    expect(await names()).toEqual(['rollup succeeded', 'vacuum succeeded']);
    expect(await names()).toEqual(['rollup succeeded']);
  });

  it('never overlaps itself, and runs once more for those who ask meanwhile', async () => {
    let running = 0;
    let runs = 0;
    const { schedule } = start([
      {
        name: 'rollup',
        async run() {
          expect(++running).toBe(1);
          runs++;
          await new Promise((resolve) => setTimeout(resolve, 5));
          running--;
        },
      },
    ]);
    const first = schedule.runNow();
    await Promise.all([first, schedule.runNow(), schedule.runNow(), schedule.runNow()]);
    expect(runs).toBe(2);
    expect(schedule.status()).toMatchObject({ running: false, runs: 2 });
  });

  it('runs by itself, again and again, whatever fails', async () => {
    let runs = 0;
    start(
      [
        {
          name: 'rollup',
          run() {
            runs++;
            throw new Error('thrown where a promise belongs');
          },
        },
      ],
      5,
    );
    await expect.poll(() => runs).toBeGreaterThan(3);
  });

  it('stops after the step under way', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const ran: string[] = [];
    const { schedule } = start([
      { name: 'rollup', run: () => (ran.push('rollup'), gate) },
      { name: 'checkpoint', run: () => Promise.resolve(ran.push('checkpoint')) },
    ]);
    const run = schedule.runNow();
    let stopped = false;
    const stopping = schedule.stop().then(() => (stopped = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    open();
    await Promise.all([stopping, run]);
    expect(ran).toEqual(['rollup']);
  });
});
