import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { combineFleets } from '../../lib/fleets-module.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

it('exports everything of every module, same names and defaults too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fleets-module-'));
  folders.push(folder);
  const [a, b, all] = ['a.mjs', 'b "quoted".mjs', 'all.mjs'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(a, `export const fleet = 'a'; export default 'a, by default';`);
  await writeFile(b, `export const fleet = 'b'; export default 'b, by default';`);
  await writeFile(
    all,
    combineFleets([
      { file: a, exports: ['fleet', 'default'] },
      { file: b, exports: ['default', 'fleet'] },
    ]),
  );
  const exported = (await import(pathToFileURL(all).href)) as Record<string, string>;
  expect(Object.values(exported).sort()).toEqual(['a', 'a, by default', 'b', 'b, by default']);
});
