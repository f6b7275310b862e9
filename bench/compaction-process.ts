/** Run by `compaction.ts`, in a process of its own: optimizes the table in a folder, and says what that took as JSON. */
import { optimize } from '../src/delta/optimize.ts';
import { realDeps } from '../src/delta/real-deps.ts';
import { createFolderStore } from '../src/stores/folder-store.ts';

const idleMb = process.memoryUsage().rss / 2 ** 20;
const report = await optimize(createFolderStore(process.argv[2]!), { sortBy: ['at', 'device'] }, realDeps);
const { user, system } = process.cpuUsage();
const peakMb = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ ...report, idleMb, peakMb, cpuSeconds: (user + system) / 1e6 }));
