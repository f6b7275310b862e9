/**
 * One of many writers of a table, a process and a client of its own: `node racer.ts LOCATION WRITER COMMITS`. It says
 * `ready`, waits for the end of its input, appends its rows commit by commit, and says how many races it lost.
 */
import { once } from 'node:events';
import { realDeps } from '../../../src/delta/real-deps.ts';
import { commit } from '../../../src/delta/commit.ts';
import { loadTableState } from '../../../src/delta/snapshot.ts';
import { writeFiles } from '../../../src/delta/write-files.ts';
import { openStore } from '../../../src/stores/open-store.ts';
import { batchOf, watch } from '../../support/delta-rig.ts';
import { raceSchema, racerOf, ROWS_PER_COMMIT } from './table.ts';

const [location = '', writer, commits] = process.argv.slice(2);
const store = watch(openStore(location));
let base = (await loadTableState(store, realDeps.clock()))!;
process.stdout.write('ready\n');
process.stdin.resume();
await once(process.stdin, 'end');
for (let n = 0; n < Number(commits); n++) {
  const rows = Array.from({ length: ROWS_PER_COMMIT }, (_, i) => ({
    writer: Number(writer),
    row: n * ROWS_PER_COMMIT + i,
  }));
  const adds = await writeFiles(store, batchOf(raceSchema, rows), { partitionColumns: [] }, realDeps);
  const txns = [{ appId: racerOf(Number(writer)), version: n }];
  const request = { operation: 'STREAMING UPDATE', adds, txns, reads: 'nothing' } as const;
  const result = await commit(store, { base, ...request }, realDeps);
  if (result.kind !== 'committed') throw new Error(`a blind append met a conflict: ${result.reason}`);
  base = result.state;
}
process.stdout.write(`${store.calls.putIfAbsent - Number(commits)}\n`);
