import { launch } from './launch.mjs';

launch(new URL('../node_modules/vitest/vitest.mjs', import.meta.url), ['run', ...process.argv.slice(2)]);
