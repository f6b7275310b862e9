import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    {
      // `with { type: 'text' }`, as the bundler of the functions and local/text-modules.ts have it
      name: 'sql-text',
      enforce: 'pre',
      async load(id) {
        return id.endsWith('.sql') ? `export default ${JSON.stringify(await readFile(id, 'utf8'))};` : null;
      },
    },
  ],
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
