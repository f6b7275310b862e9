/**
 * What decoding costs beside `JSON.parse` alone: the same bytes, interleaved in one run, medians.
 *
 *     node bench/decode.ts
 */
import { createTableDecoder } from '../src/decode/decoder.ts';
import { at, makeColumn, makeMessage, makeTable, schemaOf } from '../test/decode/tables.ts';

const RECORDS = 10_000;
const ROUNDS = 41;

const table = makeTable(
  [
    makeColumn('device_id', 'string'),
    makeColumn('site', 'string'),
    makeColumn('observed_at', 'timestamp', { source: at('ts') }),
    makeColumn('temperature_c', 'double', { source: at('temp'), min: -90, max: 60 }),
    makeColumn('humidity_pct', 'double', { source: at('hum'), min: 0, max: 100 }),
    makeColumn('pressure_hpa', 'double', { source: at('press') }),
    makeColumn('x', 'double', { source: at('vib', 'x') }),
    makeColumn('y', 'double', { source: at('vib', 'y') }),
    makeColumn('z', 'double', { source: at('vib', 'z') }),
    makeColumn('status', 'string'),
    makeColumn('ok', 'boolean'),
    makeColumn('count', 'long'),
  ],
  { eventTime: 'observed_at' },
);

const start = Date.UTC(2024, 5, 15, 12);
const messages = Array.from({ length: RECORDS }, (_, i) => {
  const payload = JSON.stringify({
    device_id: `dev-${i % 500}`,
    site: `plant-${i % 7}`,
    ts: new Date(start + i * 37).toISOString(),
    temp: Math.round(2000 + Math.sin(i) * 500) / 100,
    hum: Math.round(4000 + ((i * 31) % 5000)) / 100,
    press: 1013.25 + (i % 9),
    vib: { x: Math.sin(i * 0.7), y: Math.sin(i * 1.3), z: Math.sin(i * 2.9) },
    status: i % 11 === 0 ? 'idle' : 'running',
    ok: i % 3 === 0,
    count: i,
  });
  return makeMessage(payload, {
    origin: { stream: 'sqlite/s', shard: '0', position: String(i).padStart(19, '0') },
  });
});
const decoder = createTableDecoder(table, schemaOf(table));
const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseAlone(): void {
  for (const { payload } of messages) JSON.parse(utf8.decode(payload));
}

function decode(): void {
  const batch = decoder.newBatch(RECORDS);
  for (const message of messages) {
    const { failures } = decoder.decode(message, batch);
    if (failures.length > 0) throw new Error(failures[0]?.detail);
  }
  if (batch.finish().length !== RECORDS) throw new Error('rows are missing');
}

function time(run: () => void): number {
  const begin = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - begin) / 1e6;
}

const parsed: number[] = [];
const decoded: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  parsed.push(time(parseAlone));
  decoded.push(time(decode));
}
const median = (times: number[]) => times.toSorted((a, b) => a - b)[times.length >> 1]!;
const bytes = messages.reduce((sum, { payload }) => sum + payload.length, 0) / RECORDS;
console.log(
  `${RECORDS} records of ${bytes.toFixed(0)} B, ${table.columns.length} columns, median of ${ROUNDS} rounds`,
);
console.log(`JSON.parse alone  ${median(parsed).toFixed(1)} ms`);
console.log(`decode            ${median(decoded).toFixed(1)} ms`);
console.log(`ratio             ${(median(decoded) / median(parsed)).toFixed(2)}`);
