import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { tributary: fileURLToPath(new URL('./src/index.ts', import.meta.url)) } },
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'product',
          include: ['test/**/*.test.ts'],
          exclude: ['test/lib/**', 'test/conformance/**'],
        },
      },
      {
        extends: true,
        // one process for all: the CDK is loaded once, and a combination is synthesised once
        test: { name: 'cloud', include: ['test/lib/**/*.test.ts'], isolate: false, fileParallelism: false },
      },
    ],
  },
});
