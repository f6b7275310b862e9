import { expect, test } from 'vitest';
import { ndjsonRows } from '../../src/columns/canonical.ts';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import { parsePayload } from '../../src/decode/payload.ts';
import type { Column, JsonPath, Table } from '../../src/fleet/model.ts';
import { loadPayload } from '../../src/decode/scan-memory.ts';
import { scanned, scanNumber } from '../../src/decode/scan-number.ts';
import { malformedMessages } from '../support/malformed-corpus.ts';
import { createOddJson, type OddJson } from '../support/odd-json.ts';
import { drawSeed, seededRandom } from '../support/seed.ts';
import { makeColumn, makeMessage, makeTable, schemaOf } from './tables.ts';

const seed = drawSeed('scan');

/** Naming the readings keeps the scanner out: `JSON.parse` alone decides then. */
const ALL: ReadonlySet<number> = new Set(Array.from({ length: 1000 }, (_, i) => i));

/** Decodes payloads one after another, as one execution environment does, both ways, and compares after each. */
function createComparison(table: Table) {
  const scanning = createTableDecoder(table, schemaOf(table));
  const parsing = createTableDecoder(table, schemaOf(table));
  let taken = 0;
  return {
    /** payloads that nobody had to parse */
    scanned: () => taken,
    compare(payload: Uint8Array) {
      const message = makeMessage(payload);
      const [a, b] = [scanning.newBatch(1), parsing.newBatch(1)];
      let parses = 0;
      const outcome = scanning.decode(message, a, undefined, () => {
        parses++;
        return parsePayload(payload);
      });
      const expected = parsing.decode(message, b, ALL);
      if (parses === 0) taken++;
      const shown = Buffer.from(payload).toString('latin1');
      expect({ shown, ...outcome, rows: [...ndjsonRows(a.finish())] }).toEqual({
        shown,
        ...expected,
        rows: [...ndjsonRows(b.finish())],
      });
    },
  };
}

const TYPES: readonly Column['type'][] = [
  'string',
  'double',
  'timestamp',
  'string',
  'double',
  'long',
  'integer',
  'short',
  'byte',
  'float',
  'boolean',
  'binary',
  'date',
  'timestamp_ntz',
  'decimal(10,2)',
  'decimal(38,10)',
];

function drawTable({ pick, chance }: OddJson): {
  readonly table: Table;
  readonly columns: readonly Column[];
} {
  const columns = Array.from({ length: pick([1, 2, 5, 9]) }, (_, i) => {
    const type = pick(TYPES);
    const name = `c${i}`;
    const paths: JsonPath[] = [
      pick<JsonPath>([[name], [name], ['in', name], ['in', 'deep', name], [`ü${i}`], [`"${i}`]]),
    ];
    if (chance(0.2)) paths.push([`or_${name}`]);
    if (chance(0.02)) paths.push([name, 0]);
    const kind = chance(0.05) ? 'message' : 'reading';
    return makeColumn(name, type, {
      source: chance(0.1) ? { kind: 'topicLevel', name: pick(['device', 'absent']) } : { kind, paths },
      optional: chance(0.6),
      coerce: chance(0.4),
      ...(type === 'timestamp'
        ? {
            time: {
              format: pick(['iso', 'iso', 'epoch-s', 'epoch-ms']),
              zone: pick([undefined, 'UTC', 'Europe/Berlin']),
            },
          }
        : {}),
      ...(chance(0.2) && !['string', 'timestamp', 'date', 'boolean', 'binary', 'timestamp_ntz'].includes(type)
        ? { min: -10, max: 1000 }
        : {}),
    });
  });
  const times = columns.filter(({ type }) => type === 'timestamp');
  const table = makeTable(columns, {
    keepPayload: chance(0.5),
    partition: pick(['day', 'month', 'none']),
    nullText: pick([[], [], ['NA'], ['', 'NA'], ['0', '1970-01-01T00:00:00Z']]),
    maxAge: pick([undefined, 24 * 3_600_000]),
    ...(times.length > 0 && chance(0.7) ? { eventTime: pick(times).name } : {}),
  });
  return { table, columns };
}

/** A value that the column may well take. */
function likely(column: Column, odd: OddJson): string {
  if (odd.chance(0.04)) return odd.value();
  if (odd.chance(0.04)) return 'null';
  if (column.type === 'string') return odd.text();
  if (column.type === 'boolean') return odd.pick(['true', 'false']);
  if (column.type === 'binary' || column.type === 'date')
    return odd.pick(['"AAAA"', '"2024-06-15"', '"QUI="']);
  if (column.type === 'timestamp_ntz') return odd.pick(['"2024-06-15T12:00:00"', odd.time()]);
  if (column.type === 'timestamp')
    return column.time?.format === 'iso'
      ? odd.time()
      : odd.pick(['1718454600', '1718454600.25', odd.number()]);
  const isWhole = ['long', 'integer', 'short', 'byte'].includes(column.type);
  const number = isWhole && odd.chance(0.8) ? odd.pick(['0', '-7', '12', '99', '127']) : odd.number();
  return column.coerce && odd.chance(0.5) ? `"${number}"` : number;
}

function drawReading(columns: readonly Column[], odd: OddJson): string {
  const members: [string, string][] = [];
  const inner: [string, string][] = [];
  const deep: [string, string][] = [];
  for (const column of columns) {
    const { source } = column;
    if (source.kind !== 'reading' && source.kind !== 'message') continue;
    const path = odd.pick(source.paths);
    if (odd.chance(0.08)) continue;
    const key = String(path.at(-1));
    (path.length === 1 ? members : path[1] === 'deep' ? deep : inner).push([key, likely(column, odd)]);
  }
  if (deep.length > 0) inner.push(['deep', odd.object(deep)]);
  if (inner.length > 0) members.push(['in', odd.object(inner)]);
  while (odd.chance(0.15)) members.push([odd.pick(['extra', 'é', 'm', '__proto__']), odd.value()]);
  return odd.object(members);
}

function drawPayload(columns: readonly Column[], odd: OddJson): Uint8Array {
  const reading = () => drawReading(columns, odd);
  const many = () =>
    Array.from({ length: odd.pick([0, 1, 2, 5]) }, () => (odd.chance(0.95) ? reading() : odd.value()));
  const draws = [
    reading,
    reading,
    reading,
    reading,
    reading,
    () => `[${many().join(',')}]`,
    () => many().join(odd.pick(['', '\n', '\r\n', ' ', ','])),
    () => odd.value(),
    () => `\ufeff${reading()}`,
    () => `${reading()}${odd.pick(['\0', 'x', ' ', '}', ',', '\n\n', '{}'])}`,
    () => reading().slice(0, odd.pick([1, 5, 20, 60])),
  ];
  const bytes = Buffer.from(odd.pick(draws)());
  if (odd.chance(0.05) && bytes.length > 0) {
    const at = odd.pick(Array.from(bytes.keys()));
    bytes[at] = odd.pick([0x00, 0x22, 0x5c, 0x7f, 0x80, 0xc3, 0xed, 0xff]);
  }
  return bytes;
}

test('scanning bytes gives the rows and failures that JSON.parse gives, or declines', () => {
  const random = seededRandom(seed);
  const wild = createOddJson(random, 0.25);
  const calm = createOddJson(random, 0.02);
  let taken = 0;
  for (let tables = 0; tables < 300; tables++) {
    const { table, columns } = drawTable(calm);
    const comparison = createComparison(table);
    for (let i = 0; i < 100; i++) comparison.compare(drawPayload(columns, i % 3 === 0 ? wild : calm));
    taken += comparison.scanned();
  }
  // a scanner that always declines would be right, too
  expect(taken).toBeGreaterThan(2_000);
});

const weather = makeTable(
  [
    makeColumn('location', 'string'),
    makeColumn('observed_at', 'timestamp', { source: { kind: 'reading', paths: [['timestamp']] } }),
    makeColumn('temperature_c', 'double', { min: -90, max: 60 }),
  ],
  { eventTime: 'observed_at', keepPayload: true },
);

test('the malformed corpus fails the same way', () => {
  const { compare } = createComparison(weather);
  const subject = {
    reading: (random: () => number) => ({
      location: 'Ørsted',
      timestamp: '2024-01-01T00:00:00Z',
      temperature_c: random() * 20,
    }),
    text: 'location',
    number: { field: 'temperature_c', max: 60 },
    time: 'timestamp',
  };
  for (const { payload } of malformedMessages(subject, seededRandom(seed), 500)) compare(payload);
});

test('numbers are the doubles that JSON.parse makes of them', () => {
  const random = seededRandom(seed);
  const odd = createOddJson(random, 0.1);
  const sines = Array.from({ length: 20_000 }, (_, i) => String(Math.sin(i + random())));
  for (const text of [...sines, ...Array.from({ length: 50_000 }, () => odd.number())]) {
    loadPayload(Buffer.from(text));
    const end = scanNumber(0);
    const expected = parsePayload(Buffer.from(text));
    if (expected.kind === 'value' && typeof expected.value === 'number')
      expect([text, end, scanned.number]).toEqual([text, text.length, expected.value]);
    else expect([text, end === text.length]).toEqual([text, false]);
  }
});

test('declines what is longer than any MQTT message', () => {
  const comparison = createComparison(weather);
  comparison.compare(
    Buffer.from(
      `{"timestamp":"2024-01-01T00:00:00Z","temperature_c":1,"location":"${'x'.repeat(130 * 1024)}"}`,
    ),
  );
  expect(comparison.scanned()).toBe(0);
});

test.each([
  ['as devices send it', '{"location":"Kiel","timestamp":"2024-01-01T00:00:00Z","temperature_c":1.25}'],
  ['in another order', '{"temperature_c":1.25,"timestamp":"2024-01-01T00:00:00.123Z","location":"Kiel"}'],
  [
    'with white space',
    ' {\n  "location" : "Kiel",\t"timestamp":"2024-01-01T00:00:00Z" , "temperature_c":-0 }\r\n',
  ],
  [
    'beside what no column wants',
    '{"a":[1,{"b":null}],"location":"Kiel","timestamp":"2024-01-01T00:00:00Z","temperature_c":1e1}',
  ],
  [
    'with text beyond ASCII',
    '{"location":"Århus \\u00e6","timestamp":"2024-01-01T00:00:00Z","temperature_c":0.30000000000000004}',
  ],
  [
    'in an array',
    '[{"location":"Kiel","timestamp":"2024-01-01T00:00:00Z","temperature_c":1}, {"temperature_c":1,"timestamp":"2024-01-01T00:00:00Z","location":"Kiel"}]',
  ],
])('a reading %s is never parsed', (_, payload) => {
  const comparison = createComparison(weather);
  comparison.compare(Buffer.from(payload));
  comparison.compare(Buffer.from(payload));
  expect(comparison.scanned()).toBe(2);
});
