import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import type { FileRow } from '../../src/files/file-row.ts';
import { openFileRows } from '../../src/files/file-rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'file-rows-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function rowsOf(name: string, content: string | Uint8Array): Promise<FileRow[]> {
  const path = join(folder, name);
  writeFileSync(path, content);
  return collect(path);
}

async function collect(path: string): Promise<FileRow[]> {
  const rows: FileRow[] = [];
  for await (const row of openFileRows(path)) rows.push(row);
  return rows;
}

const valuesOf = (rows: readonly FileRow[]) =>
  rows.map((row) => (row.kind === 'row' ? row.fields : row.detail));

test('CSV rows are objects of texts by header, through BOM, CRLF, quotes and a quoted line end', async () => {
  const rows = await rowsOf(
    'a.csv',
    '\uFEFF"station","note"\r\nEWR,"a ""b"", c"\r\n\r\nJFK,"two\nlines"\r\nLGA,\r\n',
  );
  expect(valuesOf(rows)).toEqual([
    { station: 'EWR', note: 'a "b", c' },
    { station: 'JFK', note: 'two\nlines' },
    { station: 'LGA', note: '' },
  ]);
  expect(rows.map((row) => [row.number, row.line])).toEqual([
    [1, 2],
    [2, 5],
    [3, 6],
  ]);
});

test('a CSV column named __proto__ is a column', async () => {
  const rows = await rowsOf('proto.csv', '__proto__,b\n1,2\n');
  expect(Object.entries((rows[0] as { fields: object }).fields)).toEqual([
    ['__proto__', '1'],
    ['b', '2'],
  ]);
});

test('a CSV row with too few or too many cells is bad, counted and named by its line', async () => {
  const rows = await rowsOf('ragged.csv', 'a,b\n1,2\n3\n4,5,6\n7,8\n');
  expect(rows.filter((row) => row.kind === 'bad')).toEqual([
    {
      kind: 'bad',
      number: 2,
      line: 3,
      detail: '1 cells where the header names 2 columns',
      bytes: Buffer.from('["3"]'),
    },
    {
      kind: 'bad',
      number: 3,
      line: 4,
      detail: '3 cells where the header names 2 columns',
      bytes: Buffer.from('["4","5","6"]'),
    },
  ]);
  expect(rows).toHaveLength(4);
});

test.each([
  ['twice.csv', 'a,b,a\n1,2,3\n', /line 1: the header names the column "a" twice/],
  ['nameless.csv', 'a,,c\n1,2,3\n', /line 1: column 2 has no name/],
  ['open.csv', 'a,b\n1,"2\n3,4\n', /not CSV: .*line/],
  ['empty.csv', '', /is empty/],
  ['what.txt', 'a,b\n', /cannot tell what the file holds/],
  ['torn.csv.gz', gzipSync('a,b\n1,2\n'.repeat(1000)).subarray(0, 40), /cannot be unpacked/],
  ['plain.ndjson.gz', '{"a":1}\n', /cannot be unpacked/],
])('%s is refused with a usage error', async (name, content, message) => {
  const refusal = rowsOf(name, content);
  await expect(refusal).rejects.toThrow(message);
  await expect(refusal).rejects.toBeInstanceOf(UsageError);
});

test('a file that is not there, or is a folder, is refused with its path', async () => {
  mkdirSync(join(folder, 'folder.csv'));
  await expect(collect(join(folder, 'folder.csv'))).rejects.toThrow(
    /folder\.csv cannot be read: it is not a file/,
  );
  await expect(collect(join(folder, 'none.csv'))).rejects.toThrow(/none\.csv cannot be read: ENOENT/);
});

test('separators of text lines inside a value are no line ends', async () => {
  const first = '{"t":1364323939.012000,"s":"a\u2028b"}';
  const rows = await rowsOf('a.ndjson', `\uFEFF${first}\r\n\n  \n{"n":2}\n[1,2]\n7`);
  expect(valuesOf(rows)).toEqual([
    { t: 1364323939.012, s: 'a\u2028b' },
    { n: 2 },
    'not a JSON object',
    'not a JSON object',
  ]);
  expect(rows.map((row) => row.line)).toEqual([1, 4, 5, 6]);
});

test('an NDJSON line that is not JSON, or not UTF-8, is bad and the next one is not', async () => {
  const rows = await rowsOf(
    'bad.jsonl',
    Buffer.concat([Buffer.from('{"a":1\n'), Buffer.from([0x22, 0xff, 0x22, 0x0a]), Buffer.from('{}\n')]),
  );
  expect(rows.map((row) => row.kind)).toEqual(['bad', 'bad', 'row']);
  expect(rows[0]).toMatchObject({
    number: 1,
    line: 1,
    detail: expect.stringMatching(/^not JSON: /),
    bytes: Buffer.from('{"a":1'),
  });
});

test('gzipped files read as plain ones do, across chunks of any size', async () => {
  const lines = Array.from({ length: 50_000 }, (_, i) => JSON.stringify({ i, pad: 'x'.repeat(i % 97) }));
  const rows = await rowsOf('big.ndjson.gz', gzipSync(lines.join('\n')));
  expect(rows).toHaveLength(lines.length);
  expect(rows.every((row, i) => row.kind === 'row' && JSON.stringify(row.fields) === lines[i])).toBe(true);
});
