import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Clock } from '../src/clock.ts';
import { UsageError } from '../src/errors.ts';
import type { Fleet, SimulatedMessage, Table } from '../src/fleet/model.ts';
import { createRandom } from './random.ts';
import { assertSimulated } from './simulated-device.ts';

export type FileRequest = {
  readonly fleet: Fleet;
  /** whose messages; the fleet's only table where undefined */
  readonly table?: string | undefined;
  /** ends in .csv, .ndjson or .jsonl, and .gz after it where it is to be packed */
  readonly file: string;
  readonly rows: number;
  /** as the fleet says where undefined */
  readonly devices?: number | undefined;
  /** time of the first rows (ms, UTC); where undefined, so that the last ones are of now */
  readonly since?: number | undefined;
  readonly seed: number;
  readonly clock: Clock;
  readonly onProgress?: (rows: number) => void;
};

export type FileSummary = { readonly rows: number; readonly bytes: number };

type Row = Readonly<Record<string, unknown>>;

const CHUNK = 1 << 16;
/** Turns of all devices without a row of the table: there will be none. */
const HOPELESS_TURNS = 100_000;

/**
 * Writes what the fleet's devices measure to a file, as `backfill` and `--replay` read it: in the order of time, one turn of all
 * devices after another. The same request gives the same bytes, where it says `since`.
 *
 * @throws UsageError for a file name that says no format, a fleet that does not say how its devices behave, and a file that
 * cannot be written
 */
export async function writeFleetFile(request: FileRequest): Promise<FileSummary> {
  const { file } = request;
  const match = /\.(csv|ndjson|jsonl)(\.gz)?$/i.exec(file);
  if (match === null) {
    throw new UsageError(
      `${file}: its name has to end in .csv, .ndjson or .jsonl, or one of these and .gz, to say what to write`,
    );
  }
  const lines = match[1]!.toLowerCase() === 'csv' ? csvLines : jsonLines;
  let [rows, bytes] = [0, 0];
  const chunks = function* () {
    let chunk = '';
    for (const line of lines(simulateRows(request))) {
      chunk += line;
      rows++;
      if (chunk.length < CHUNK) continue;
      bytes += Buffer.byteLength(chunk);
      request.onProgress?.(rows);
      yield chunk;
      chunk = '';
    }
    bytes += Buffer.byteLength(chunk);
    yield chunk;
  };
  const source = Readable.from(chunks(), { objectMode: false, highWaterMark: 4 * CHUNK });
  try {
    if (match[2] === undefined) await pipeline(source, createWriteStream(file));
    else await pipeline(source, createGzip(), createWriteStream(file));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw new UsageError(`${file} cannot be written: ${(cause as Error).message}`, { cause });
  }
  return { rows: request.rows, bytes };
}

function* simulateRows(request: FileRequest): Generator<Row> {
  const { fleet, rows, seed } = request;
  const simulation = assertSimulated(fleet);
  const table = findTable(fleet, request.table);
  const count = request.devices ?? simulation.devices;
  const step = simulation.history?.step ?? simulation.interval;
  const devices = Array.from({ length: count }, (_, index) =>
    simulation.device(index, createRandom(seed, fleet.name, index)),
  );
  const toRow = simulation.fileRow ?? ((message: SimulatedMessage) => rowOf(table, message));
  const turns = Math.ceil(rows / count);
  const first =
    request.since === undefined
      ? Math.floor(request.clock() / step) - turns + 1
      : Math.ceil(request.since / step);
  let written = 0;
  let before = 0;
  for (let turn = 0; ; turn++) {
    const at = (first + turn) * step;
    for (const device of devices) {
      for (const message of device.next(at)) {
        if (message.table !== table.name) continue;
        yield toRow(message);
        if (++written === rows) return;
      }
    }
    if (turn % HOPELESS_TURNS !== HOPELESS_TURNS - 1) continue;
    if (written === before)
      throw new UsageError(`the devices of fleet ${fleet.name} send nothing to ${table.name}`);
    before = written;
  }
}

function findTable(fleet: Fleet, name: string | undefined): Table {
  const tables = Object.values(fleet.tables);
  const table = name === undefined && tables.length === 1 ? tables[0] : fleet.tables[name ?? ''];
  if (table !== undefined) return table;
  const names = tables.map((each) => each.name).join(', ');
  throw new UsageError(
    name === undefined
      ? `fleet ${fleet.name} has several tables; pass --table with one of ${names}`
      : `fleet ${fleet.name} has no table ${JSON.stringify(name)}; there are ${names}`,
  );
}

/** The payload's fields, and the topic's levels under the names that the table looks for in rows. */
function rowOf({ rowLevels }: Table, { levels, payload }: SimulatedMessage): Row {
  if (
    typeof payload !== 'object' ||
    payload === null ||
    Array.isArray(payload) ||
    payload instanceof Uint8Array
  ) {
    throw new UsageError(
      'a row of a file needs a payload with fields: say in the simulation with fileRow what it is',
    );
  }
  const named = Object.entries(levels).map(([level, value]) => [rowLevels[level] ?? level, value]);
  return { ...Object.fromEntries(named), ...payload };
}

/** RFC 4180, with LF; the first row says which columns there are. */
function* csvLines(rows: Iterable<Row>): Generator<string> {
  let header: readonly string[] | undefined;
  for (const row of rows) {
    let line = '';
    if (header === undefined) {
      header = Object.keys(row);
      line = `${header.map(toCell).join(',')}\n`;
    }
    yield `${line}${header.map((name) => toCell(row[name])).join(',')}\n`;
  }
}

function toCell(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function* jsonLines(rows: Iterable<Row>): Generator<string> {
  for (const row of rows) yield `${JSON.stringify(row)}\n`;
}
