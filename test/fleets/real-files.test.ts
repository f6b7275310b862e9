import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadFleets } from '../../local/load-fleets.ts';
import { columnOf } from '../../src/columns/select.ts';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import { rowToMessage, tableSchema } from '../../src/fleet/index.ts';
import { openFileRows } from '../../src/files/file-rows.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const data = join(process.env['TRIBUTARY_SHARED'] ?? join(root, '..', 'shared'), 'data');
const present = existsSync(data);
if (!present)
  console.warn(`real files are not decoded: there is no ${data} (TRIBUTARY_SHARED names another folder)`);

/** Nulls: how many cells of a column say nothing, counted in the files by hand. */
const FILES = [
  [
    'nyc-airports.ts',
    'weather/nyc_airports_2013.csv',
    26_115,
    { wind_gust_mph: 20_778, pressure_mbar: 2_729, temp_f: 1, precip_in: 0 },
  ],
  ['capmetro-buses.ts', 'vehicles/capmetro_2017-03-21.csv', 45_386, { trip_headsign: 55, speed_mph: 0 }],
  ['raspberry-pi.ts', 'sensors/raspberry_pi_24h.ndjson.gz', 50_270, { motion: 0, temperature_c: 0 }],
] as const;

describe.skipIf(!present)('every row of a real file becomes a row', () => {
  it.each(FILES)('examples/%s takes %s', async (example, file, count, nulls) => {
    const [fleet] = await loadFleets(join(root, 'examples', example));
    const [table] = Object.values(fleet!.tables);
    const decoder = createTableDecoder(table!, tableSchema(table!));
    const rows = decoder.newBatch(count);
    const arrivedAt = Date.UTC(2026, 0, 1);
    for await (const row of openFileRows(join(data, file))) {
      if (row.kind === 'bad') throw new Error(`line ${row.line}: ${row.detail}`);
      const message = rowToMessage(table!, row.fields);
      if (message.kind === 'failed') throw new Error(`line ${row.line}: ${message.detail}`);
      const origin = { stream: 'backfill/x', shard: '0', position: String(row.number) };
      const { failures } = decoder.decode({ ...message, arrivedAt, origin }, rows);
      if (failures.length > 0) throw new Error(`line ${row.line}: ${JSON.stringify(failures)}`);
    }
    const batch = rows.finish();
    expect(batch.length).toBe(count);
    const counted = Object.keys(nulls).map((name) => {
      const { validity } = columnOf(batch, name);
      return [
        name,
        validity === undefined ? 0 : validity.subarray(0, count).filter((valid) => valid === 0).length,
      ];
    });
    expect(Object.fromEntries(counted)).toEqual(nulls);
  });
});
