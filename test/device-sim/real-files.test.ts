import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { openLedger } from '../../device-sim/ledger.ts';
import { runSimulation } from '../../device-sim/run.ts';
import { loadFleets } from '../../local/load-fleets.ts';
import { startPlainBroker } from './support/broker.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const data = join(process.env.TRIBUTARY_SHARED ?? join(root, '..', 'shared'), 'data');
const present = existsSync(data);
if (!present)
  console.warn(`real files are not replayed: there is no ${data} (TRIBUTARY_SHARED names another folder)`);

const folder = mkdtempSync(join(tmpdir(), 'real-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!present)('a real file', () => {
  test.each([
    ['examples/nyc-airports.ts', 'weather/nyc_airports_2013.csv', 26_115, 3],
    ['examples/capmetro-buses.ts', 'vehicles/capmetro_2017-03-21.csv', 45_386, 329],
    ['examples/raspberry-pi.ts', 'sensors/raspberry_pi_24h.ndjson.gz', 50_270, 3],
  ])(
    '%s takes every row of %s',
    async (fleet, file, rows, devices) => {
      const broker = await startPlainBroker();
      const ledger = openLedger(join(folder, `${rows}.db`));
      try {
        const summary = await runSimulation({
          fleets: await loadFleets(join(root, fleet)),
          endpoint: broker.endpoint,
          replay: join(data, file),
          seed: 1,
          ledger,
          clock: Date.now,
        });
        expect(summary).toMatchObject({ devices, messages: rows, acknowledged: rows, publishErrors: 0 });
        expect(summary.replay).toEqual({ rows, rejected: 0, problems: [] });
        expect(broker.received).toHaveLength(rows);
        expect(ledger.totals()).toEqual({ attempts: rows, acknowledged: rows });
      } finally {
        await broker.close();
        ledger.close();
      }
    },
    120_000,
  );
});
