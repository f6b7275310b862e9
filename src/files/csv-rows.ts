import type { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { UsageError } from '../errors.ts';
import type { FileRow } from './file-row.ts';

/** Rows of a CSV file whose first record names the columns (RFC 4180; a byte order mark, LF and CRLF are taken). */
export async function* readCsvRows(path: string, bytes: Readable): AsyncGenerator<FileRow> {
  const parser = parse({ bom: true, relax_column_count: true, skip_empty_lines: true, info: true });
  bytes.on('error', (error) => parser.destroy(error));
  const records = bytes.pipe(parser) as AsyncIterable<{
    readonly record: readonly string[];
    readonly info: { readonly lines: number };
  }>;
  let header: readonly string[] | undefined;
  let number = 0;
  try {
    for await (const { record: cells, info } of records) {
      if (header === undefined) {
        header = checkHeader(path, cells, info.lines);
      } else {
        number++;
        yield toRow(header, cells, number, info.lines);
      }
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new UsageError(`${path} is not CSV: ${cause.message}`, { cause });
  }
  if (header === undefined) throw new UsageError(`${path} is empty: its first line has to name the columns`);
}

function checkHeader(path: string, names: readonly string[], line: number): readonly string[] {
  const seen = new Set<string>();
  for (const [i, name] of names.entries()) {
    if (name === '') throw new UsageError(`${path}, line ${line}: column ${i + 1} has no name in the header`);
    if (seen.has(name))
      throw new UsageError(
        `${path}, line ${line}: the header names the column ${JSON.stringify(name)} twice`,
      );
    seen.add(name);
  }
  return names;
}

function toRow(header: readonly string[], cells: readonly string[], number: number, line: number): FileRow {
  if (cells.length !== header.length) {
    return {
      kind: 'bad',
      number,
      line,
      detail: `${cells.length} cells where the header names ${header.length} columns`,
      bytes: Buffer.from(JSON.stringify(cells)),
    };
  }
  const fields = Object.fromEntries(header.map((name, i) => [name, cells[i]]));
  return { kind: 'row', number, line, fields };
}
