import { existsSync } from 'node:fs';
import { type LedgerReader, openLedgerReader } from '../device-sim/ledger.ts';
import { dataDirPaths } from '../local/data-dir.ts';
import { INGEST_CONSUMER } from '../local/runtime.ts';
import { openSqliteStreamReader, type StreamReader } from '../local/sqlite-stream.ts';
import { type Verification, verifyLake } from '../local/verify.ts';
import { createTableDecoder } from '../src/decode/decoder.ts';
import { createRouter, tableSchema } from '../src/fleet/index.ts';
import type { Fleet } from '../src/fleet/model.ts';
import type { Stream } from '../src/streams/stream.ts';
import { openExistingLake } from './lake.ts';

/** A data dir that files were backfilled into and no device ever published to. */
const NO_STREAM: Stream = {
  identity: { kind: 'sqlite', id: 'none' },
  shards: () => Promise.resolve([]),
  append: () => Promise.reject(new Error('there is no stream here')),
  read: () => Promise.resolve([]),
};

/** Checks a data dir, beside a running product or alone. */
export async function verifyDataDir(dataDir: string, fleets: readonly Fleet[]): Promise<Verification> {
  const lake = openExistingLake(dataDir);
  const paths = dataDirPaths(dataDir);
  let stream: StreamReader | undefined;
  let ledger: LedgerReader | undefined;
  try {
    if (existsSync(paths.stream)) stream = openSqliteStreamReader(paths.stream);
    if (existsSync(paths.ledger)) ledger = openLedgerReader(paths.ledger);
    return await verifyLake({
      stream: stream ?? NO_STREAM,
      router: createRouter(fleets),
      decoders: fleets.flatMap(({ tables }) =>
        Object.values(tables).map((table) => createTableDecoder(table, tableSchema(table))),
      ),
      lake,
      ledger,
      checkpoints: stream?.readCheckpoints(INGEST_CONSUMER) ?? new Map(),
      trimmedUntil: Math.max(0, ...(stream?.stats() ?? []).map(({ trimmedUntil }) => trimmedUntil)),
    });
  } finally {
    ledger?.close();
    stream?.close();
  }
}
