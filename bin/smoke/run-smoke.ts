import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from '../../device-sim/ledger.ts';
import { assertSimulated, createSimulatedDevice } from '../../device-sim/simulated-device.ts';
import { createSigningRequest } from '../../local/certificates/signing-request.ts';
import { UsageError } from '../../src/errors.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { compareRows } from './compare-rows.ts';
import { type ExpectedTable, expectRows, topicsOf } from './expected-rows.ts';
import { askForRows, countQuarantined, findCommitTimes, type FoundRow, versionOf } from './find-rows.ts';
import { type Hop, measureHops, type RowTimes } from './hops.ts';
import { publishReadings, type SentMessage } from './publish-readings.ts';
import type { SmokePlace } from './smoke-place.ts';

export type SmokeRequest = {
  /** whose device publishes */
  readonly fleet: Fleet;
  /** those of the lake: a message may belong to several */
  readonly fleets: readonly Fleet[];
  /** the device's name, new in that place */
  readonly thing: string;
  /** messages */
  readonly count: number;
  readonly seed: number;
  /** how long rows may take until SQL shows them, milliseconds */
  readonly timeoutMs: number;
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
  readonly say: (what: string) => void;
};

export type SmokeOutcome = {
  readonly thing: string;
  readonly endpoint: string;
  readonly messages: number;
  readonly attempts: number;
  readonly acknowledged: number;
  readonly tables: readonly SmokeTable[];
  /** of the device's messages */
  readonly quarantined: number;
  readonly lost: number;
  readonly doubled: number;
  readonly hops: readonly Hop[];
};

export type SmokeTable = {
  readonly table: string;
  /** those of acknowledged messages */
  readonly expected: number;
  readonly rows: number;
  readonly lost: number;
  readonly doubled: number;
};

/**
 * A device comes, publishes, is looked for in SQL, and goes: nothing of it is lost or doubled, and each hop has its time.
 * Whatever happens, its certificate and thing are taken back; its rows stay.
 *
 * @throws UsageError for a fleet that has no devices of its own, and what any hop fails with; the signal's reason
 */
export async function runSmoke(request: SmokeRequest, place: SmokePlace): Promise<SmokeOutcome> {
  const { fleet, fleets, thing: name, say, signal } = request;
  assertOwnTopics(fleet);
  const { seed } = request;
  const origin = { fleet, index: 0, seed, started: Date.now(), faults: {}, thing: name };
  const device = createSimulatedDevice(origin);
  const thing = { name, attributes: {} };
  const before = await versionsOf(place, fleets);
  const endpoint = await place.endpoint();
  try {
    const { keyPem, requestPem } = await createSigningRequest(name);
    say(`${name} gets a certificate`);
    const certified = await place.certify(thing, requestPem);
    signal.throwIfAborted();
    say(`${name} publishes ${request.count} messages to ${endpoint}`);
    const credentials = { ...certified, key: keyPem };
    const { rules } = place;
    const messages = await publishReadings({ ...request, device, endpoint, credentials, rules });
    const expected = expectRows(fleets, messages);
    const seen = await waitForRows(expected, request, place);
    return await judge({ name, endpoint, messages, expected, seen, before }, request, place);
  } finally {
    const certificates = await place.withdraw(thing);
    say(`${name} is gone, ${certificates} ${certificates === 1 ? 'certificate' : 'certificates'} taken back`);
  }
}

/** @throws UsageError for a fleet whose devices would speak for others */
function assertOwnTopics(fleet: Fleet): void {
  assertSimulated(fleet);
  if (Object.values(fleet.tables).every(({ device }) => device.kind === 'topicLevel')) return;
  throw new UsageError(
    `topics of ${fleet.name} are made of attributes: what this sends would count as a real device’s; name another --fleet`,
  );
}

type Versions = ReadonlyMap<string, number>;

async function versionsOf({ lake }: SmokePlace, fleets: readonly Fleet[]): Promise<Versions> {
  const paths = fleets.flatMap((fleet) =>
    Object.values(fleet.tables).map((table) => `${table.fleet}/${table.name}`),
  );
  return new Map(await Promise.all(paths.map(async (path) => [path, await versionOf(lake, path)] as const)));
}

/** What SQL showed last, and when it showed each row first. */
type Seen = {
  readonly found: ReadonlyMap<ExpectedTable, ReadonlyMap<string, FoundRow>>;
  readonly visibleAt: ReadonlyMap<ExpectedTable, ReadonlyMap<string, number>>;
};

/** Asks until every acknowledged row is there, or time is up. */
async function waitForRows(
  expected: readonly ExpectedTable[],
  { timeoutMs, signal, say }: SmokeRequest,
  place: SmokePlace,
): Promise<Seen> {
  const deadline = Date.now() + timeoutMs;
  const visibleAt = new Map(expected.map((each) => [each, new Map<string, number>()]));
  const found = new Map<ExpectedTable, ReadonlyMap<string, FoundRow>>();
  let shown = -1;
  const total = expected.reduce((sum, { rows }) => sum + rows.size, 0);
  for (;;) {
    for (const each of expected) {
      const rows = await askForRows(each, place, signal);
      const times = visibleAt.get(each)!;
      for (const text of rows.keys()) if (!times.has(text)) times.set(text, Date.now());
      found.set(each, rows);
    }
    const compared = expected.map((each) => compareRows(each, found.get(each)!));
    const visible = compared.reduce((sum, each) => sum + each.visible, 0);
    if (visible !== shown) say(`${visible} of ${total} rows are visible`);
    shown = visible;
    if (compared.every(({ lost }) => lost === 0) || Date.now() >= deadline) return { found, visibleAt };
    await sleep(place.askAgainMs, undefined, { signal });
  }
}

type Evidence = {
  readonly name: string;
  readonly endpoint: string;
  readonly messages: readonly SentMessage[];
  readonly expected: readonly ExpectedTable[];
  readonly seen: Seen;
  readonly before: Versions;
};

async function judge(
  { name, endpoint, messages, expected, seen, before }: Evidence,
  { signal, count }: SmokeRequest,
  place: SmokePlace,
): Promise<SmokeOutcome> {
  const tables: SmokeTable[] = [];
  const times: RowTimes[] = [];
  for (const each of expected) {
    const found = seen.found.get(each)!;
    const { sqlName: table, rows } = each;
    const { lost, doubled, standing } = compareRows(each, found);
    const acknowledged = Array.from(rows.values()).reduce((sum, row) => sum + row.acknowledgements, 0);
    tables.push({ table, expected: acknowledged, rows: standing, lost, doubled });
    const committedAt = await findCommitTimes(each, place.lake, before.get(each.path) ?? -1);
    for (const [text, { message }] of rows) {
      times.push({
        sentAt: message.sentAt,
        acknowledgedAt: message.acknowledgedAt,
        arrivedAt: found.get(text)?.arrivedAt,
        committedAt: committedAt.get(text),
        visibleAt: seen.visibleAt.get(each)!.get(text),
      });
    }
  }
  const topics = new Set(messages.flatMap(topicsOf));
  return {
    thing: name,
    endpoint,
    messages: count,
    attempts: messages.reduce((sum, { attempts }) => sum + attempts, 0),
    acknowledged: messages.reduce((sum, { acknowledgements }) => sum + acknowledgements, 0),
    tables,
    quarantined: await countQuarantined(topics, place, signal),
    lost: tables.reduce((sum, { lost }) => sum + lost, 0),
    doubled: tables.reduce((sum, { doubled }) => sum + doubled, 0),
    hops: measureHops(times),
  };
}
