import type { Clock } from '../src/clock.ts';
import type { IotRule } from '../src/fleet/index.ts';
import type { Fleet } from '../src/fleet/model.ts';
import { createPrefixes } from './basic-ingest.ts';
import type { FaultRates } from './faults.ts';
import type { Ledger } from './ledger.ts';
import { assertDrivable, type Driver, openTransport } from './drivers.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { createRandom } from './random.ts';
import { type ReplayOutcome, replayFile } from './replay.ts';
import { simulateFleets } from './simulate.ts';
import { createTally, type Tally } from './tally.ts';
import type { TransportOptions } from './transport.ts';

export type SimulationRequest = {
  readonly fleets: readonly Fleet[];
  /** the broker: `mqtt://127.0.0.1:1883`, `mqtts://…` */
  readonly endpoint: string;
  /** by what devices prove who they are */
  readonly credentialsOf?: TransportOptions['credentialsOf'];
  /** MQTT.js where undefined */
  readonly driver?: Driver | undefined;
  /** the rules whose Basic Ingest topics devices publish to; plain topics where undefined */
  readonly basicIngest?: readonly IotRule[] | undefined;
  /** how the fleet's only device is called, where a certificate says it; as the simulation says where undefined */
  readonly thing?: string | undefined;
  /** of each fleet; as the fleet says where undefined */
  readonly devices?: number | undefined;
  /** messages a second over each fleet, or over the replayed file */
  readonly rate?: number | undefined;
  /** between two messages of one device (milliseconds); as the fleet says where undefined */
  readonly interval?: number | undefined;
  /** stops after so many milliseconds; runs until `signal` where undefined */
  readonly forMs?: number | undefined;
  /** publishes the rows of this CSV or NDJSON file instead of simulated signals, once */
  readonly replay?: string | undefined;
  /** whose messages the rows are; the fleet's only table where undefined */
  readonly table?: string | undefined;
  /** text in the file that means null */
  readonly nullText?: readonly string[] | undefined;
  /** what goes wrong on purpose; nothing where undefined */
  readonly faults?: FaultRates | undefined;
  /** readings a message, where the table takes several; one where undefined */
  readonly batch?: number | undefined;
  readonly seed: number;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** stops the run: what is under way is waited for, a while */
  readonly signal?: AbortSignal | undefined;
  /** hears about twice a second how far the run is */
  readonly onProgress?: ((tally: Readonly<Tally>) => void) | undefined;
};

/** `replay` says what became of the file's rows. */
export type SimulationSummary = Readonly<Tally> & {
  readonly seconds: number;
  readonly replay: ReplayOutcome | undefined;
};

const DRAIN_MS = 10_000;
const PROGRESS_MS = 500;

/**
 * Lets the fleets' devices publish, each over a connection of its own, every attempt in the ledger before it is sent. Rejects
 * with a `UsageError` for an endpoint, a fleet or a file that cannot be used, and with a retriable error where the broker
 * cannot be reached at all.
 */
export async function runSimulation(request: SimulationRequest): Promise<SimulationSummary> {
  const { clock, ledger } = request;
  const { driver = 'mqttjs', faults = {}, batch = 1, basicIngest } = request;
  assertDrivable(driver, request.endpoint, faults);
  const transport = await openTransport(driver, request);
  const tally = createTally();
  const publisher = createPublisher({
    transport,
    ledger,
    clock,
    tally,
    random: createRandom(request.seed, 'backoff'),
  });
  const outbox = createOutbox(
    { faults, batch, prefixOf: basicIngest === undefined ? () => '' : createPrefixes(basicIngest) },
    {
      publisher,
      ledger,
      tally,
      clock,
      randomOf: (deviceId) => createRandom(request.seed, 'faults', deviceId),
    },
  );
  const started = clock();
  const stop = AbortSignal.any([
    ...(request.signal === undefined ? [] : [request.signal]),
    ...(request.forMs === undefined ? [] : [AbortSignal.timeout(request.forMs)]),
  ]);
  const progress = setInterval(() => request.onProgress?.(tally), PROGRESS_MS);
  try {
    const replay = await publish(request, stop, { publisher, outbox, clock });
    outbox.flush();
    await publisher.waitFor(0, stop);
    // a stopped run waits for what is under way, but not for ever
    if (stop.aborted) await publisher.waitFor(0, AbortSignal.timeout(DRAIN_MS));
    return { ...tally, seconds: (clock() - started) / 1000, replay };
  } finally {
    clearInterval(progress);
    await publisher.close();
  }
}

type PublishDeps = { readonly publisher: Publisher; readonly outbox: Outbox; readonly clock: Clock };

async function publish(
  request: SimulationRequest,
  stop: AbortSignal,
  deps: PublishDeps,
): Promise<ReplayOutcome | undefined> {
  const { fleets, replay: file } = request;
  if (file !== undefined) return replayFile(fleets, { ...request, file }, stop, deps);
  await simulateFleets(request, stop, deps);
  return undefined;
}
