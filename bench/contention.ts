import type { Random } from '../src/clock.ts';
import type { AddFile } from '../src/delta/actions.ts';
import { commit } from '../src/delta/commit.ts';
import { createTable } from '../src/delta/create-table.ts';
import type { DeltaDeps } from '../src/delta/deps.ts';
import { field, struct } from '../src/columns/types.ts';
import { writeFiles } from '../src/delta/write-files.ts';
import { createMemoryStore } from '../src/stores/memory-store.ts';
import type { ObjectStore } from '../src/stores/object-store.ts';
import { batchOf } from '../test/support/delta-rig.ts';
import { seededRandom } from '../test/support/seed.ts';
import { spreadOf } from './measure.ts';
import { createVirtualTime, type VirtualTime } from './virtual-time.ts';

/** Milliseconds that a call takes, from and to: S3's Standard class from within its region, for objects of some KB. */
const PUT_MS = [30, 90] as const;
const GET_MS = [15, 35] as const;
const SEED = 1;

/** Writers, and commits of each: all of a crowd read all of its commits, so the product of the two is kept small. */
const CROWDS = [
  { writers: 1, commits: 200 },
  { writers: 4, commits: 100 },
  { writers: 16, commits: 40 },
  { writers: 256, commits: 4 },
  { writers: 1_000, commits: 2 },
] as const;

/**
 * Writers of one table that commit one after the other as fast as they can, over a store with the delays of S3, in virtual
 * time. Where so many writers reach so many commits a second together, each gets through once in `writers / rate` seconds:
 * a batch window shorter than that fills the log faster than it can be written.
 */
export async function benchContention(): Promise<void> {
  console.log(`writers of one table, PUT ${PUT_MS.join('–')} ms, GET ${GET_MS.join('–')} ms, seed ${SEED}`);
  console.log('writers  commits/s  smallest window  races lost  GETs  404s  commit: median   longest');
  for (const crowd of CROWDS) console.log(await measureCrowd(crowd.writers, crowd.commits));
}

async function measureCrowd(writers: number, commits: number): Promise<string> {
  const random = seededRandom(SEED);
  const time = createVirtualTime();
  const inner = createMemoryStore();
  const calls = { lost: 0, found: 0, missing: 0 };
  const store = delayStore(inner, time, random, calls);
  let names = 0;
  const uuid = () => `00000000-0000-4000-8000-${String(names++).padStart(12, '0')}`;
  const deps: DeltaDeps = { clock: time.clock, random, sleep: time.sleep, uuid };
  const schema = struct([field('device', 'string'), field('value', 'double')]);
  const base = await createTable(inner, { schema, partitionColumns: [] }, deps);
  const [file] = await writeFiles(
    inner,
    batchOf(schema, [{ device: 'a', value: 1 }]),
    { partitionColumns: [] },
    deps,
  );
  const began = time.clock();
  const took: number[] = [];
  const write = async (writer: number) => {
    let state = base;
    for (let n = 0; n < commits; n++) {
      await time.sleep(between(PUT_MS, random));
      const adds: AddFile[] = [{ ...file!, path: `${writer}-${n}.parquet` }];
      const txns = [{ appId: `kinesis/s/${writer}#0`, version: n }];
      const request = { base: state, operation: 'STREAMING UPDATE', adds, txns, reads: 'nothing' } as const;
      const from = time.clock();
      const result = await commit(store, request, deps);
      if (result.kind === 'conflict') throw new Error(`a blind append met a conflict: ${result.reason}`);
      took.push(time.clock() - from);
      state = result.state;
    }
    return state.version;
  };
  const versions = await time.run(Promise.all(Array.from({ length: writers }, (_, writer) => write(writer))));
  const total = writers * commits;
  if (Math.max(...versions) !== total)
    throw new Error(`version ${Math.max(...versions)} after ${total} commits`);
  const rate = total / ((time.clock() - began) / 1_000);
  const { median, max } = spreadOf(took);
  const each = (count: number) => (count / total).toFixed(1);
  return [
    String(writers).padStart(7),
    rate.toFixed(1).padStart(9),
    `${(writers / rate).toFixed(1)} s`.padStart(15),
    each(calls.lost).padStart(10),
    each(calls.found).padStart(4),
    each(calls.missing).padStart(4),
    `${(median / 1_000).toFixed(2)} s`.padStart(14),
    `${(max / 1_000).toFixed(1)} s`.padStart(8),
  ].join('  ');
}

/** A call takes effect in the middle of its time. */
function delayStore(
  store: ObjectStore,
  time: VirtualTime,
  random: Random,
  calls: { lost: number; found: number; missing: number },
): ObjectStore {
  async function delay<T>(range: readonly [number, number], work: () => Promise<T>): Promise<T> {
    const half = between(range, random) / 2;
    await time.sleep(half);
    const answer = await work();
    await time.sleep(half);
    return answer;
  }
  return {
    ...store,
    async get(key) {
      const bytes = await delay(GET_MS, () => store.get(key));
      calls[bytes === undefined ? 'missing' : 'found']++;
      return bytes;
    },
    async putIfAbsent(key, bytes) {
      const answer = await delay(PUT_MS, () => store.putIfAbsent(key, bytes));
      if (answer === 'exists') calls.lost++;
      return answer;
    },
  };
}

function between([from, to]: readonly [number, number], random: Random): number {
  return from + random() * (to - from);
}
