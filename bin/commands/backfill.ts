import { Command } from 'commander';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { resolve } from 'node:path';
import { ensureDataDir, lakeFolder } from '../../local/data-dir.ts';
import type { Table } from '../../src/fleet/model.ts';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import { realDeps } from '../../src/delta/real-deps.ts';
import { tableSchema } from '../../src/fleet/index.ts';
import { backfill } from '../../src/ingest/backfill.ts';
import { openFileRows } from '../../src/files/file-rows.ts';
import { createLake } from '../../src/ingest/lake.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { UsageError } from '../../src/errors.ts';
import { chooseFleets, findFleet, findTable, rememberFleets } from '../fleets.ts';
import { addCommonOptions, type CommonOptions, parseCount } from '../options.ts';
import { printResult } from '../output.ts';
import { startProgressLine } from '../progress-line.ts';

type BackfillOptions = CommonOptions & {
  readonly fleet?: string;
  readonly table?: string;
  readonly null?: string;
  readonly batchRows?: number;
};

/** Values in one batch: memory follows them, however wide the table is. */
const BATCH_VALUES = 2_000_000;
const MOST_ROWS = 100_000;

export function backfillCommand(): Command {
  return addCommonOptions(
    new Command('backfill').description('a CSV or NDJSON file (gz too) into a table, exactly once'),
  )
    .argument('<file>', 'rows with the fields of the device’s messages')
    .option('--fleet <name>', 'whose table; the only fleet by default')
    .option('--table <name>', 'the fleet’s only table by default')
    .option(
      '--batch-rows <n>',
      'rows a commit, which memory follows; as many as hold two million values by default',
      parseCount,
    )
    .action(async (file: string, options: BackfillOptions) => {
      const { fleets, own, sources } = await chooseFleets(options, 'shipped');
      const fleetName = options.fleet ?? (own.length === 1 ? own[0]!.name : undefined);
      if (fleetName === undefined) {
        throw new UsageError(`pass --fleet with one of ${own.map(({ name }) => name).join(', ')}`);
      }
      const table = findTable(findFleet(fleets, fleetName), options.table);
      const digest = await digestFile(resolve(file));
      await ensureDataDir(options.dataDir);
      await rememberFleets(options.dataDir, sources);
      const decoder = createTableDecoder(table, tableSchema(table));
      let read = 0;
      const progress = startProgressLine(() => `${read.toLocaleString('en')} rows read`);
      const began = performance.now();
      try {
        const report = await backfill(
          {
            table,
            digest,
            rows: openFileRows(resolve(file)),
            batchRows: options.batchRows ?? fittingRows(table),
            onProgress: (now) => (read = now.read),
          },
          {
            lake: createLake(createFolderStore(lakeFolder(options.dataDir)), realDeps),
            decoderOf: () => decoder,
            clock: Date.now,
          },
        );
        progress.stop();
        const seconds = (performance.now() - began) / 1000;
        const peakBytes = process.resourceUsage().maxRSS * 1024;
        printResult(
          options.json ?? false,
          { table: `${table.fleet}/${table.name}`, ...report, seconds, peakBytes },
          [
            `${report.read} rows read, ${report.rows} added to ${table.fleet}/${table.name}, ` +
              `${report.quarantined} to the quarantine, in ${seconds.toFixed(1)} s with ${Math.round(peakBytes / 2 ** 20)} MB`,
          ],
        );
      } finally {
        progress.stop();
      }
    });
}

function fittingRows({ columns }: Table): number {
  return Math.min(MOST_ROWS, Math.ceil(BATCH_VALUES / columns.length));
}

async function digestFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash);
  } catch (cause) {
    throw new UsageError(`cannot read ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  return hash.digest('hex');
}
