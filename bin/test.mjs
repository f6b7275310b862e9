import { launch } from './launch.mjs';

const vitest = new URL('../node_modules/vitest/vitest.mjs', import.meta.url);
await launch(vitest, ['run', ...process.argv.slice(2)]);
