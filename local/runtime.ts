import { join } from 'node:path';
import type { Clock } from '../src/clock.ts';
import { TributaryError } from '../src/errors.ts';
import { iotRules } from '../src/fleet/index.ts';
import type { Fleet } from '../src/fleet/model.ts';
import type { DataTestResult } from '../src/models/test-data.ts';
import { type BrokerStatus, startBroker } from './broker.ts';
import { openDeviceAccess } from './certificates/open-device-access.ts';
import { openDataDir } from './data-dir.ts';
import { drainPatiently } from './drain.ts';
import { describeError } from './environment-protocol.ts';
import { type EventSourceSettings, type EventSourceStatus, startEventSource } from './event-source.ts';
import { startFunctions } from './functions.ts';
import { assertPortFree } from './listen.ts';
import { openLogFile } from './log-file.ts';
import { createRecovery } from './recovery.ts';
import { createRuleMatcher } from './rule-matcher.ts';
import { type ScheduleStatus, startSchedule, type StepOutcome } from './schedule.ts';
import { createDataTests } from './data-tests.ts';
import { createRollups } from './rollups.ts';
import { openSqliteStream, type SqliteStream } from './sqlite-stream.ts';

/** The event source's name in the stream's checkpoints. */
export const INGEST_CONSUMER = 'ingest';

/**
 * As in the cloud (`lib/constructs/ingest-function.ts`) but for how it gives up: there the age of a record decides, but a
 * laptop may have slept for a week. Here attempts do, on one record after bisecting about eight minutes of them.
 */
const INGEST_SETTINGS: Omit<EventSourceSettings, 'windowMs'> = {
  batchSize: 10_000,
  bisectOnFunctionError: true,
  maximumRetryAttempts: 100,
  maximumRecordAgeMs: undefined,
  initialBackoffMs: 200,
  maximumBackoffMs: 5_000,
};
/** In the cloud a batch waits to fill, for larger files; whoever sits in front of a laptop wants to see the rows. */
const LAPTOP_WINDOW_MS = 2_000;
const SCHEDULE_MS = 30_000;
/** Data tests look at whole tables: they come as seldom as a person looks, and at the end. */
const TEST_DATA_MS = 5 * 60_000;
/** Batches of seconds leave many small files behind: often enough that queries never meet more than some hundreds. */
const OPTIMIZE_MS = 5 * 60_000;
const VACUUM_MS = 24 * 60 * 60_000;
const RETENTION_MS = 7 * 24 * 60 * 60 * 1000;

export type RuntimeOptions = {
  readonly dataDir: string;
  readonly fleets: readonly Fleet[];
  /** where functions find the same fleets: what `--fleets` said; undefined: the shipped ones */
  readonly fleetSources: readonly string[];
  /** 0: any free port */
  readonly mqttPort: number;
  /** devices prove by certificates who they are, and may speak for themselves only */
  readonly mtls?: boolean;
};

export type RuntimeStatus = {
  readonly broker: BrokerStatus;
  /** records and payload bytes ever appended */
  readonly stream: { readonly records: number; readonly bytes: number };
  readonly ingest: EventSourceStatus;
  readonly schedule: ScheduleStatus;
  /** what the data tests came to when they last ran */
  readonly dataTests: readonly DataTestResult[];
};

export type Runtime = {
  /** `mqtt://127.0.0.1:1883` */
  readonly endpoint: string;
  readonly stream: SqliteStream;
  status(): RuntimeStatus;
  /**
   * Resolves when each record on the stream at the call is committed or given up. Rejects where ingest does nothing but fail;
   * the records stay on the stream then.
   */
  drain(): Promise<void>;
  /** The schedule's steps now: given-up batches, rollups and models, data tests, upkeep of the tables, retention. A failed step is a value. */
  runSchedule(): Promise<readonly StepOutcome[]>;
  /** The orderly end: takes no more messages, drains, runs the schedule once. Rejects as `drain`, or where a step failed. */
  settle(): Promise<void>;
  /** Ends everything, settled or not; what is on the stream is taken up at the next start. */
  stop(): Promise<void>;
};

/**
 * Everything on one machine: broker → stream → event source → ingest, and the schedule.
 *
 * @throws UsageError for a data dir that cannot be used or a port that is taken, FunctionError where ingest does not load;
 * nothing is left running then.
 */
export async function startRuntime(options: RuntimeOptions, clock: Clock = Date.now): Promise<Runtime> {
  await assertPortFree({ port: options.mqttPort, flag: '--mqtt-port' });
  await using parts = new AsyncDisposableStack();
  const dataDir = parts.adopt(await openDataDir(options.dataDir), ({ release }) => release());
  const log = parts.adopt(openLogFile(join(dataDir.logs, 'runtime.log')), (each) => each.close());
  const report = (event: object) => log.write(describeEvent(clock(), event));
  const stream = parts.adopt(openSqliteStream(dataDir.stream, { clock }), (each) => each.close());
  const functions = parts.adopt(
    startFunctions({
      lake: dataDir.lake,
      givenUp: options.dataDir,
      logs: dataDir.logs,
      fleetSources: options.fleetSources,
      shards: stream.stats().length,
    }),
    (each) => each.close(),
  );
  const rules = iotRules(options.fleets);
  const access =
    options.mtls === true
      ? parts.adopt(await openDeviceAccess(dataDir.certificates, options.fleets, rules), (each) =>
          each.close(),
        )
      : undefined;
  const broker = await startBroker({
    port: options.mqttPort,
    access,
    matches: createRuleMatcher(rules),
    append: (records) => stream.append(records),
    report,
  });
  parts.adopt(broker, (each) => each.close());
  await functions.ingest.warm();

  const source = startEventSource({
    stream,
    consumer: INGEST_CONSUMER,
    settings: {
      ...INGEST_SETTINGS,
      windowMs: Math.min(LAPTOP_WINDOW_MS, ...options.fleets.map(({ batchWindow }) => batchWindow)),
    },
    invoke: (event) => functions.ingest.invoke(event),
    functionArn: functions.ingest.arn,
    failedBatches: dataDir.failedBatches,
    clock,
    report,
  });
  parts.adopt(source, (each) => each.stop());
  const recovery = createRecovery({
    folder: dataDir.failedBatches,
    invoke: (event) => functions.recover.invoke(event),
    clock,
    report,
  });
  const rollups = createRollups({
    fleets: options.fleets,
    invoke: (event) => functions.rollup.invoke(event),
  });
  const dataTests = createDataTests({
    fleets: options.fleets,
    everyMs: TEST_DATA_MS,
    invoke: (event) => functions['test-data'].invoke(event),
    clock,
  });
  const schedule = startSchedule({
    steps: [
      { name: 'recover', run: () => recovery.run() },
      { name: 'rollup', run: () => rollups.run() },
      { name: 'test-data', run: () => dataTests.run() },
      { name: 'optimize', run: () => functions.optimize.invoke({}), everyMs: OPTIMIZE_MS },
      { name: 'checkpoint', run: () => functions.checkpoint.invoke({}) },
      { name: 'vacuum', run: () => functions.vacuum.invoke({}), everyMs: VACUUM_MS },
      { name: 'retention', run: () => stream.trim(clock() - RETENTION_MS) },
    ],
    everyMs: SCHEDULE_MS,
    report,
  });
  parts.adopt(schedule, (each) => each.stop());

  const running = parts.move();
  return {
    endpoint: broker.endpoint,
    stream,
    status() {
      const stats = stream.stats();
      return {
        broker: broker.status(),
        stream: {
          records: stats.reduce((sum, { records }) => sum + records, 0),
          bytes: stats.reduce((sum, { bytes }) => sum + bytes, 0),
        },
        ingest: source.status(),
        schedule: schedule.status(),
        dataTests: dataTests.last(),
      };
    },
    drain: () => drainPatiently(source),
    runSchedule: () => schedule.runNow(),
    async settle() {
      await broker.close();
      await drainPatiently(source);
      recovery.hurry();
      dataTests.hurry();
      for (const outcome of await schedule.runNow()) {
        if (outcome.kind === 'failed') {
          throw new TributaryError(`step ${outcome.step} failed: ${String(outcome.error)}`, {
            cause: outcome.error,
          });
        }
      }
    },
    stop: () => running.disposeAsync(),
  };
}

/** One JSON line of the runtime's log. */
function describeEvent(at: number, event: object): string {
  const explain = (_: string, value: unknown) => (value instanceof Error ? describeError(value) : value);
  return `${JSON.stringify({ time: new Date(at).toISOString(), ...event }, explain)}\n`;
}
