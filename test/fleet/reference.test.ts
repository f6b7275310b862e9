import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFleets } from '../../local/load-fleets.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const reference = readFileSync(join(root, 'docs', 'fleet-definition.md'), 'utf8');
const modules = Array.from(reference.matchAll(/^```ts\n(.*?)^```$/gms), ([, source]) => source!);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reference-'));
  for (const [i, source] of modules.entries()) writeFileSync(join(folder, `example${i}.ts`), source);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the reference's examples", () => {
  it('load', async () => {
    expect((await loadFleets(folder)).map(({ name }) => name)).toEqual(['pumps', 'factory']);
  });

  it('compile', () => {
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        paths: { tributary: [join(root, 'src', 'index.ts')] },
        typeRoots: [join(root, 'node_modules', '@types')],
      },
      include: ['*.ts'],
    };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    expect(() =>
      execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8', stdio: 'pipe' }),
    ).not.toThrow();
  });
});
