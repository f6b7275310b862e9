import { describe, expect, it } from 'vitest';
import { scheduleFaults } from '../../src/stores/fault-schedule.ts';
import {
  createFaultyStore,
  type Fault,
  type FaultSchedule,
  type StoreCall,
} from '../../src/stores/faulty-store.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { StoreError } from '../../src/stores/store-error.ts';
import { describeObjectStore } from '../contracts/object-store.ts';
import { collect } from '../support/collect.ts';
import { drawSeed, seededRandom } from '../support/seed.ts';

const bytes = Buffer.from('x');
const noSleep = () => Promise.resolve();

function withFault(fault: Fault) {
  const inner = createMemoryStore();
  return { inner, store: createFaultyStore(inner, { schedule: () => fault, sleep: noSleep }) };
}

describeObjectStore('faulty, without a fault', async () => {
  const store = createFaultyStore(createMemoryStore(), { schedule: () => undefined, sleep: noSleep });
  return { store, openAnother: () => store };
});

describe.each(['unavailable', 'slow-down', 'timeout', 'conflict'] as const)('%s', (complaint) => {
  it('before the effect leaves nothing', async () => {
    const { inner, store } = withFault({ kind: 'refused', complaint });
    await inner.put('kept', bytes);
    for (const call of [
      () => store.put('a', bytes),
      () => store.putIfAbsent('b', bytes),
      () => store.delete('kept'),
      () => store.get('kept'),
      () => store.getRange('kept', 0, 1),
      () => collect(store.list('')),
    ]) {
      const error = await call().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StoreError);
      expect((error as StoreError).retriable).toBe(true);
    }
    expect((await collect(inner.list(''))).map(({ key }) => key)).toEqual(['kept']);
    expect(store.calls).toEqual({ put: 1, putIfAbsent: 1, delete: 1, get: 1, getRange: 1, list: 1 });
  });

  it('after the effect loses the answer only', async () => {
    const { inner, store } = withFault({ kind: 'answer-lost', complaint });
    await inner.put('gone', bytes);
    await expect(store.put('a', bytes)).rejects.toThrow(StoreError);
    await expect(store.putIfAbsent('b', bytes)).rejects.toThrow(StoreError);
    await expect(store.delete('gone')).rejects.toThrow(StoreError);
    expect((await collect(inner.list(''))).map(({ key }) => key)).toEqual(['a', 'b']);
  });

  it('breaks a listing off', async () => {
    const { inner, store } = withFault({ kind: 'answer-lost', complaint });
    for (const key of ['a', 'b', 'c']) await inner.put(key, bytes);
    const seen: string[] = [];
    const list = async () => {
      for await (const { key } of store.list('')) seen.push(key);
    };
    await expect(list()).rejects.toThrow(StoreError);
    expect(seen).toEqual(['a']);
  });
});

it('takes its own creation for a rival, and leaves other calls alone', async () => {
  const { inner, store } = withFault({ kind: 'taken-for-rival' });
  expect(await store.putIfAbsent('a', bytes)).toBe('exists');
  expect(await inner.get('a')).toEqual(Uint8Array.from(bytes));
  expect(await store.get('a')).toEqual(Uint8Array.from(bytes));
});

it('lets others overtake a delayed call', async () => {
  const waiting: (() => void)[] = [];
  const store = createFaultyStore(createMemoryStore(), {
    schedule: ({ number }) => (number === 0 ? { kind: 'delayed', milliseconds: 9 } : undefined),
    sleep: () => new Promise((resolve) => waiting.push(resolve)),
  });
  const late = store.putIfAbsent('a', bytes);
  expect(await store.putIfAbsent('a', bytes)).toBe('created');
  waiting.shift()?.();
  expect(await late).toBe('exists');
});

describe('a schedule by chance', () => {
  const calls: StoreCall[] = Array.from({ length: 2_000 }, (_, number) => ({
    method: number % 2 === 0 ? 'putIfAbsent' : 'get',
    key: `k${number}`,
    number,
  }));
  const seed = drawSeed('fault schedule');
  const play = (schedule: FaultSchedule) => calls.map(schedule);

  it('repeats with its seed', () => {
    const first = play(scheduleFaults(seededRandom(seed), 0.3));
    expect(play(scheduleFaults(seededRandom(seed), 0.3))).toEqual(first);
    expect(play(scheduleFaults(seededRandom(seed + 1), 0.3))).not.toEqual(first);
  });

  it('meets as many calls as its rate says, with every kind', () => {
    const faults = play(scheduleFaults(seededRandom(seed), 0.3)).filter((fault) => fault !== undefined);
    expect(faults.length).toBeGreaterThan(450);
    expect(faults.length).toBeLessThan(750);
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(
      new Set(['refused', 'answer-lost', 'delayed', 'taken-for-rival']),
    );
    expect(play(scheduleFaults(seededRandom(seed), 0)).every((fault) => fault === undefined)).toBe(true);
  });

  it('takes only creations for a rival', () => {
    const faults = play(scheduleFaults(seededRandom(seed), 1));
    const rivals = calls.filter((_, i) => faults[i]?.kind === 'taken-for-rival');
    expect(new Set(rivals.map(({ method }) => method))).toEqual(new Set(['putIfAbsent']));
  });
});
