/** Run by `pieces.ts`, in a process of its own: one step of a year's rollup, and what that took, as JSON. */
import { join } from 'node:path';
import { realDeps } from '../src/delta/real-deps.ts';
import { joinPieces } from '../src/rollup/join-pieces.ts';
import { makePiece } from '../src/rollup/make-piece.ts';
import { planPieces } from '../src/rollup/plan-pieces.ts';
import { runRollup } from '../src/rollup/run.ts';
import { createDuckDbEngine } from '../src/sql/duckdb.ts';
import { createFolderStore } from '../src/stores/folder-store.ts';
import { hours, readings } from './hundred-devices.ts';

const [folder = '', rows = '', step = '', plan = '', piece = ''] = process.argv.slice(2);
const limit = { rows: Number(rows), bytes: Number.MAX_SAFE_INTEGER };
const sql = createDuckDbEngine({ stagingDirectory: join(folder, 'staging') });
const deps = { ...realDeps, lake: createFolderStore(join(folder, 'lake')), sql };

async function take(): Promise<object> {
  switch (step) {
    case 'plan':
      return planPieces(hours, readings, deps, limit);
    case 'piece':
      return makePiece(hours, readings, { plan, piece: Number(piece) }, deps);
    case 'join':
      return joinPieces(hours, readings, plan, deps);
    default:
      return runRollup(hours, readings, deps, limit);
  }
}

const idleMb = process.memoryUsage().rss / 2 ** 20;
const answer = await take();
const { user, system } = process.cpuUsage();
await sql.close();
const peakMb = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ ...answer, idleMb, peakMb, cpuSeconds: (user + system) / 1e6 }));
