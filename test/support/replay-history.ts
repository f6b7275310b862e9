import type { Random } from '../../src/clock.ts';
import { type Fleet, defineFleet, double, table, text, topicLevel } from '../../src/fleet/index.ts';
import { ingestBatch } from '../../src/ingest/ingest-batch.ts';
import { recoverBatch } from '../../src/ingest/recover-batch.ts';
import { replayQuarantine } from '../../src/ingest/replay-quarantine.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import type { ShardRun } from '../../src/streams/stream.ts';
import { createEnvironment, runOf } from './ingest-rig.ts';
import { mortalStore } from './replay-rig.ts';
import { seededRandom } from './seed.ts';

const MAXIMA = [10, 50, 100];
const FLEETS = MAXIMA.flatMap((max) => [pumps(max, false), pumps(max, true)]);
/** The definition that a history ends with. */
export const LAXEST = pumps(Infinity, true);

function pumps(max: number, alarms: boolean): Fleet {
  const columns = () => ({
    pump: text({ from: topicLevel('pump') }),
    value: double(Number.isFinite(max) ? { max } : {}),
  });
  const readings = table({
    topic: 'pumps/{pump}/reading',
    device: topicLevel('pump'),
    columns: columns(),
    keepPayload: true,
    partition: 'none',
  });
  const alarm = table({
    topic: 'pumps/{pump}/alarm',
    device: topicLevel('pump'),
    columns: columns(),
    partition: 'none',
  });
  // takes every reading once more, so that a message has two tables
  const audit = table({
    topic: 'pumps/{pump}/reading',
    device: topicLevel('pump'),
    columns: { pump: text({ from: topicLevel('pump') }), value: double({ min: 5 }) },
    partition: 'none',
  });
  return defineFleet({
    name: 'pumps',
    tables: alarms ? { readings, alarms: alarm, audit } : { readings, audit },
  });
}

const pick = <T>(random: Random, values: readonly T[]): T => values[Math.floor(random() * values.length)]!;

function drawMessage(random: Random): readonly [string, unknown] {
  const topic = pick(random, ['pumps/a/reading', 'pumps/b/reading', 'pumps/a/alarm', 'elsewhere']);
  if (random() < 0.1) return [topic, 'no json'];
  const values = Array.from({ length: 1 + Math.floor(random() * 3) }, () =>
    pick<unknown>(random, [1, 7, 30, 70, 1000, 'x']),
  );
  return [topic, values.map((value) => ({ value }))];
}

/** What dies, dies; what is told to come again may; anything else is a fault. */
async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const { retriable } = error as { readonly retriable?: boolean };
    if (!String(error).includes('planted') && retriable !== true) throw error;
    return false;
  }
}

/** One history of a shard: batches in order, each until it is done or given up, and replays at any moment. */
export async function liveThrough(seed: number, lake: ObjectStore): Promise<readonly ShardRun[]> {
  const random = seededRandom(seed);
  const runs: ShardRun[] = [];
  const givenUp: ShardRun[] = [];
  let fleet = pick(random, FLEETS);
  const maybeMortal = (): ObjectStore =>
    random() < 0.5
      ? lake
      : mortalStore(lake, Math.floor(random() * 60), pick(random, ['before', 'after'])).store;
  const environment = () => createEnvironment(maybeMortal(), [fleet]);
  const replay = () => attempt(() => replayQuarantine({}, environment()));
  const recover = async () => {
    const run = givenUp[0];
    if (run !== undefined && (await attempt(() => recoverBatch([run], true, environment())))) givenUp.shift();
  };
  const disturb = async () => {
    if (random() < 0.3) fleet = pick(random, FLEETS);
    if (random() < 0.3) await replay();
    if (random() < 0.1) await Promise.all([replay(), replay()]);
    if (random() < 0.3) await recover();
  };
  let position = 1;
  for (let batch = 0; batch < 4; batch++) {
    const messages = Array.from({ length: 1 + Math.floor(random() * 5) }, () => drawMessage(random));
    const run = runOf(position, messages);
    position += messages.length;
    runs.push(run);
    for (;;) {
      if (random() < 0.15) {
        givenUp.push(run);
        break;
      }
      const ingest = () => attempt(() => ingestBatch([run], environment()));
      const [done] = await Promise.all([ingest(), random() < 0.2 ? replay() : undefined]);
      if (done && random() < 0.7) break;
      await disturb();
    }
    await disturb();
  }
  fleet = pick(random, FLEETS);
  while (givenUp.length > 0) await recover();
  await replayQuarantine({}, createEnvironment(lake, [LAXEST]));
  return runs;
}
