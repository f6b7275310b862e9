/**
 * `npm run bench [-- NAME…] [--rounds=N]`: what the budgets say, as ratios measured in one run. Nothing here fails by a
 * number: figures are for people, and for docs/benchmarks.md.
 */
import { parseArgs } from 'node:util';
import { benchBackfill } from './backfill.ts';
import { benchDevices } from './devices.ts';
import { benchCommits } from './commits.ts';
import { benchCompaction } from './compaction.ts';
import { benchFirstBatch } from './first-batch.ts';
import { benchIngest } from './ingest.ts';
import { benchPieces } from './pieces.ts';
import { benchRollup } from './rollup.ts';
import { benchTables } from './tables.ts';
import { benchWideRecord } from './wide-record.ts';

const BENCHES: Readonly<Record<string, (rounds: number) => void | Promise<void>>> = {
  ingest: benchIngest,
  'first-batch': benchFirstBatch,
  backfill: benchBackfill,
  rollup: benchRollup,
  pieces: benchPieces,
  'wide-record': benchWideRecord,
  tables: benchTables,
  devices: benchDevices,
  compaction: benchCompaction,
  commits: benchCommits,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '31' } },
});
const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
const unknown = names.find((name) => BENCHES[name] === undefined);
if (unknown !== undefined) {
  console.error(`no bench ${JSON.stringify(unknown)}: there are ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
} else {
  for (const name of names) {
    await BENCHES[name]!(Number(values.rounds));
    console.log();
  }
}
