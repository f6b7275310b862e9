import { defineConfig } from 'vitest/config';

/** The suites that only `npm run conformance` runs: they need an engine at the far end. */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: { include: ['test/conformance/suites/*.test.ts'], testTimeout: 120_000, hookTimeout: 60_000 },
});
