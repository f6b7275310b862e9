import type { Clock } from '../src/clock.ts';
import { UsageError } from '../src/errors.ts';
import { rowToMessage } from '../src/fleet/index.ts';
import type { Fleet, Table } from '../src/fleet/model.ts';
import type { FileRow } from '../src/files/file-row.ts';
import { openFileRows } from '../src/files/file-rows.ts';
import type { DeviceMessage } from './device.ts';
import { createPacer, pause } from './pace.ts';
import type { Outbox } from './outbox.ts';
import type { Publisher } from './publisher.ts';
import type { DeviceIdentity } from './transport.ts';

export type ReplayInput = {
  /** a CSV or NDJSON file, gzipped or not */
  readonly file: string;
  /** whose messages the rows are; the fleet's only table where undefined */
  readonly table?: string | undefined;
  /** text in the file that means null */
  readonly nullText?: readonly string[] | undefined;
  /** messages a second; as fast as the broker takes them where undefined */
  readonly rate?: number | undefined;
};

/** What became of the file. `problems` names the first of the rejected rows. */
export type ReplayOutcome = {
  readonly rows: number;
  readonly rejected: number;
  readonly problems: readonly string[];
};

/** Messages that wait for their acknowledgement, over all devices, before more of the file is read. */
const CAPACITY = 8192;
/** Messages between two looks at how many wait. */
const STRIDE = 1024;
const NAMED_PROBLEMS = 20;
/** A file whose first rows are all rejected is another fleet's. */
const HOPELESS_ROWS = 100;

/**
 * Publishes each row of a file as the message that its device would have sent, in the order of the file for each device.
 * Rejects with a `UsageError` where the fleet does not take the file: no row, or none of the first 100, becomes a message.
 */
export async function replayFile(
  fleets: readonly Fleet[],
  input: ReplayInput,
  stop: AbortSignal,
  deps: { readonly publisher: Publisher; readonly outbox: Outbox; readonly clock: Clock },
): Promise<ReplayOutcome> {
  const table = findReplayTable(fleets, input);
  const nulls = new Set(input.nullText);
  const { publisher, outbox } = deps;
  const nextSlot = input.rate === undefined ? undefined : createPacer(input.rate, deps.clock);
  const problems: string[] = [];
  let rows = 0;
  let rejected = 0;
  let unchecked = 0;
  for await (const row of openFileRows(input.file)) {
    rows++;
    const outcome = toMessage(table, row, nulls);
    if (outcome.kind === 'rejected') {
      rejected++;
      if (problems.length < NAMED_PROBLEMS)
        problems.push(`${input.file}, line ${row.line}: ${outcome.detail}`);
      if (rejected === HOPELESS_ROWS && rows === HOPELESS_ROWS) break;
      continue;
    }
    if (nextSlot !== undefined) await pause(nextSlot(), stop);
    if (stop.aborted) break;
    publisher.connect(outcome.device);
    outbox.send(outcome.device.id, table, outcome.message);
    if (++unchecked >= STRIDE) {
      await publisher.waitFor(CAPACITY - STRIDE, stop);
      unchecked = 0;
    }
  }
  if (rows > 0 && rejected === rows) throw notTaken(table, input, rows, problems[0]);
  return { rows, rejected, problems };
}

/**
 * Looks at the beginning of a file, so that one which the fleets do not take is refused before anything runs.
 *
 * @throws UsageError as `replayFile` would
 */
export async function assertReplayable(fleets: readonly Fleet[], input: ReplayInput): Promise<void> {
  const table = findReplayTable(fleets, input);
  const nulls = new Set(input.nullText);
  let rows = 0;
  let problem = '';
  for await (const row of openFileRows(input.file)) {
    const outcome = toMessage(table, row, nulls);
    if (outcome.kind === 'message') return;
    if (rows++ === 0) problem = outcome.detail;
    if (rows === HOPELESS_ROWS) break;
  }
  if (rows > 0) throw notTaken(table, input, rows, problem);
}

function notTaken(
  table: Table,
  { file }: ReplayInput,
  rows: number,
  problem: string | undefined,
): UsageError {
  return new UsageError(
    `fleet ${table.fleet} does not take ${file}: none of ${rows} rows becomes a message of table ${table.name}; ${problem}`,
  );
}

function findReplayTable(fleets: readonly Fleet[], { file, table: name }: ReplayInput): Table {
  const tables = fleets.flatMap((fleet) => Object.values(fleet.tables));
  const named = name === undefined ? tables : tables.filter((table) => table.name === name);
  const [table, another] = named;
  if (table !== undefined && another === undefined) return table;
  const names = (named.length > 0 ? named : tables).map((each) => `${each.fleet}.${each.name}`).join(', ');
  if (table !== undefined)
    throw new UsageError(`${file} could be for any of ${names}: name the fleet and the table`);
  throw new UsageError(
    name === undefined
      ? `no fleet to replay ${file} for`
      : `no table ${JSON.stringify(name)} to replay ${file} for; there are ${names}`,
  );
}

type Outcome =
  | { readonly kind: 'message'; readonly device: DeviceIdentity; readonly message: DeviceMessage }
  | { readonly kind: 'rejected'; readonly detail: string };

function toMessage(table: Table, row: FileRow, nulls: ReadonlySet<string>): Outcome {
  if (row.kind === 'bad') return { kind: 'rejected', detail: row.detail };
  const fields = nulls.size === 0 ? row.fields : (replaceNulls(row.fields, nulls) as typeof row.fields);
  const made = rowToMessage(table, fields);
  if (made.kind !== 'message') return { kind: 'rejected', detail: made.detail };
  return {
    kind: 'message',
    device: deviceOf(table, made.levels),
    message: { topic: made.topic, payload: made.payload },
  };
}

function replaceNulls(value: unknown, nulls: ReadonlySet<string>): unknown {
  if (typeof value === 'string') return nulls.has(value) ? null : value;
  if (Array.isArray(value)) return value.map((item) => replaceNulls(item, nulls));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceNulls(item, nulls)]));
}

/** The thing that sends to this topic: its name, or what stands for it where the table knows only its attributes. */
function deviceOf({ device }: Table, levels: Readonly<Record<string, string>>): DeviceIdentity {
  if (device.kind === 'topicLevel') return { id: levels[device.name]!, attributes: {} };
  const attributes = Object.entries(device.levels).map(([level, name]) => [name, levels[level]!] as const);
  return { id: attributes.map(([, value]) => value).join('-'), attributes: Object.fromEntries(attributes) };
}
