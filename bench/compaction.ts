import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createBatchBuilder } from '../src/columns/builder.ts';
import { field, struct } from '../src/columns/types.ts';
import type { AddFile } from '../src/delta/actions.ts';
import { commit } from '../src/delta/commit.ts';
import { createTable } from '../src/delta/create-table.ts';
import { realDeps } from '../src/delta/real-deps.ts';
import { writeFiles } from '../src/delta/write-files.ts';
import { createFolderStore } from '../src/stores/folder-store.ts';

const PROCESS = fileURLToPath(new URL('./compaction-process.ts', import.meta.url));
const START = Date.UTC(2026, 0, 1);
const DEVICES = 100;
const MB = 2 ** 20;
const STREAM = randomUUID();

const schema = struct([
  field('_date', 'date'),
  field('device', 'string'),
  field('at', 'timestamp'),
  field('temperature_c', 'double'),
  field('humidity_pct', 'double'),
  field('_topic', 'string'),
  field('_arrived_at', 'timestamp'),
  field('_stream', 'string'),
  field('_shard', 'string'),
  field('_position', 'string'),
  field('_payload', 'binary'),
]);

type Case = {
  readonly name: string;
  readonly files: number;
  readonly rows: number;
  /** random bytes in each row, which nothing makes smaller */
  readonly payload: number;
  readonly budgetMb: number;
};

const CASES: readonly Case[] = [
  { name: '500 files of 2,000 rows', files: 500, rows: 2_000, payload: 0, budgetMb: 512 },
  { name: '1 GB of files', files: 400, rows: 8_500, payload: 290, budgetMb: 1024 },
];

/** What compaction takes of memory, each case in a process of its own: the rows sorted, into files of 128 MB. */
export async function benchCompaction(): Promise<void> {
  for (const each of CASES) {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-bench-'));
    try {
      const bytes = await fill(folder, each);
      const args = ['--disable-warning=ExperimentalWarning', PROCESS, folder];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      const { peakMb, cpuSeconds, filesAdded, bytesAdded, idleMb } = JSON.parse(stdout) as {
        readonly peakMb: number;
        readonly idleMb: number;
        readonly cpuSeconds: number;
        readonly filesAdded: number;
        readonly bytesAdded: number;
      };
      console.log(
        `compaction of ${each.name} (${(bytes / MB).toFixed(0)} MB) into ${filesAdded} (${(bytesAdded / MB).toFixed(0)} MB): ` +
          `${peakMb.toFixed(0)} MB of memory at most, ${idleMb.toFixed(0)} MB before; ` +
          `${cpuSeconds.toFixed(1)} s of CPU; budget ${each.budgetMb} MB`,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  }
}

/** Files as ingest leaves them: a batch each, in order of time, with readings that come late. */
async function fill(folder: string, { files, rows, payload }: Case): Promise<number> {
  const store = createFolderStore(folder);
  const base = await createTable(store, { schema, partitionColumns: ['_date'] }, realDeps);
  const adds: AddFile[] = [];
  for (let file = 0; file < files; file++) {
    const batch = createBatchBuilder(schema, rows);
    for (let i = 0; i < rows; i++) {
      const n = file * rows + i;
      const late = n % 50 === 0 ? 600_000 : 0;
      const at = START + Math.floor((n / (files * rows)) * 80_000_000) + (n % 7) - late + 700_000;
      batch.appendRow({
        _date: Math.floor(START / 86_400_000),
        device: `device-${n % DEVICES}`,
        at,
        temperature_c: Math.round(1_000 * (20 + 5 * Math.sin(n / 600))) / 1_000,
        humidity_pct: Math.round(100 * Math.random()) / 2,
        _topic: `bench/device-${n % DEVICES}/reading`,
        _arrived_at: at + late + 300,
        _stream: `kinesis/readings/${STREAM}`,
        _shard: `shardId-00000000000${n % 4}`,
        _position: String(n * 7_919).padStart(56, '49'),
        _payload: randomBytes(payload),
      });
    }
    const options = { partitionColumns: ['_date'], sortBy: ['at', 'device'] };
    adds.push(...(await writeFiles(store, batch.finish(), options, realDeps)));
  }
  await commit(store, { base, operation: 'WRITE', adds, reads: 'nothing' }, realDeps);
  return adds.reduce((sum, { size }) => sum + size, 0);
}
