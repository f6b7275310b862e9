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
    include: ['test/**/*.test.ts'],
    exclude: ['test/conformance/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
