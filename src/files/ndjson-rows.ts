import type { Readable } from 'node:stream';
import { UsageError } from '../errors.ts';
import type { FileRow } from './file-row.ts';

/** A line longer than this is no line of readings, but a file without line ends. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Rows of a file with one JSON object a line. Empty lines are no records. */
export async function* readNdjsonRows(path: string, bytes: Readable): AsyncGenerator<FileRow> {
  let number = 0;
  let line = 0;
  for await (const read of readLines(path, bytes)) {
    line++;
    const trimmed = trimLine(read, line);
    if (trimmed.length === 0) continue;
    number++;
    yield parseLine(trimmed, number, line);
  }
}

const text = new TextDecoder('utf-8', { fatal: true });

function parseLine(bytes: Buffer, number: number, line: number): FileRow {
  let fields: unknown;
  try {
    fields = JSON.parse(text.decode(bytes));
  } catch (error) {
    return { kind: 'bad', number, line, detail: `not JSON: ${(error as Error).message}`, bytes };
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    return { kind: 'bad', number, line, detail: 'not a JSON object', bytes };
  }
  return { kind: 'row', number, line, fields: fields as Readonly<Record<string, unknown>> };
}

/** Splits at line feeds only: JSON text may hold U+2028 and U+2029, which readers of text lines take for line ends too. */
async function* readLines(path: string, bytes: Readable): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restLength = 0;
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      const tail = chunk.subarray(start, end);
      yield rest.length === 0 ? tail : Buffer.concat([...rest, tail]);
      rest = [];
      restLength = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    rest.push(chunk.subarray(start));
    restLength += chunk.length - start;
    if (restLength > MAX_LINE_BYTES) {
      throw new UsageError(
        `${path} has a line of more than ${MAX_LINE_BYTES} bytes: it should hold one JSON object a line`,
      );
    }
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

function trimLine(line: Buffer, number: number): Buffer {
  const marked = number === 1 && BYTE_ORDER_MARK.every((byte, i) => line[i] === byte);
  const end = line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
  const trimmed = line.subarray(marked ? BYTE_ORDER_MARK.length : 0, end);
  return trimmed.every((byte) => byte === 0x20 || byte === 0x09) ? trimmed.subarray(0, 0) : trimmed;
}
