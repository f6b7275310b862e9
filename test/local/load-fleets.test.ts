import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFleets } from '../../local/load-fleets.ts';
import { UsageError } from '../../src/errors.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleets-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A module somewhere on the machine, with nothing installed beside it; types and all. */
function writeModule(name: string, source: string): string {
  const path = join(folder, name);
  writeFileSync(path, source);
  return path;
}

function fleetSource(name: string, level = 'pump'): string {
  return `
    import { defineFleet, table, text, topicLevel } from 'tributary';
    const columns = { pump: text({ from: topicLevel('pump') }) } as const;
    export const ${name} = defineFleet({
      name: '${name}',
      tables: { readings: table({ topic: '${name}/{pump}', device: topicLevel('${level}' as never), columns }) },
    });`;
}

const namesOf = async (path?: string) => (await loadFleets(path)).map(({ name }) => name).toSorted();

describe('fleets', () => {
  it('are the shipped ones without a path', async () => {
    expect(await namesOf()).toEqual(['factory', 'station', 'transport', 'vehicles', 'weather']);
  });

  it('are those of a module, each once, whatever else it exports', async () => {
    const source = `${fleetSource('once')}\nexport default once;\nexport const interval: number = 3;`;
    expect(await namesOf(writeModule('once.ts', source))).toEqual(['once']);
  });

  it('are those of every module of a folder, helpers aside', async () => {
    expect(await namesOf(join(root, 'examples'))).toEqual(['capmetro', 'nyc', 'pi']);
    const nested = join(folder, 'nested');
    mkdirSync(nested);
    writeFileSync(join(nested, 'a.ts'), fleetSource('a'));
    writeFileSync(join(nested, 'b.mjs'), fleetSource('b').replaceAll(/ as (const|never)/g, ''));
    writeFileSync(join(nested, 'helper.ts'), 'export const half = (n: number) => n / 2;');
    writeFileSync(join(nested, 'notes.txt'), 'not a module');
    expect(await namesOf(nested)).toEqual(['a', 'b']);
  });

  it('load in a worker thread too', async () => {
    const path = writeModule('threaded.ts', fleetSource('threaded'));
    const loader = join(root, 'local', 'load-fleets.ts');
    const source = `
      const { parentPort, workerData } = require('node:worker_threads');
      import(workerData.loader)
        .then(({ loadFleets }) => loadFleets(workerData.path))
        .then((fleets) => parentPort.postMessage(fleets.map(({ name }) => name)));`;
    const worker = new Worker(source, { eval: true, workerData: { loader, path } });
    const names = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await worker.terminate();
    expect(names).toEqual(['threaded']);
  });

  const REFUSED: readonly (readonly [name: string, source: string | undefined, message: RegExp])[] = [
    ['missing.ts', undefined, /missing\.ts: no such file or folder$/],
    ['fleet.json', '{}', /fleet\.json: not a \.ts, \.mts, \.js or \.mjs module$/],
    ['none.ts', 'export const a = 1;', /none\.ts exports no fleet/],
    ['syntax.ts', 'export const x = ;', /syntax\.ts: /],
    ['throws.ts', "throw new Error('no such sensor\\nat all');", /throws\.ts: no such sensor$/],
    ['lacks.ts', "import 'nowhere-to-be-found';", /lacks\.ts: .*nowhere-to-be-found/],
    [
      'contradicts.ts',
      fleetSource('contradicts', 'valve'),
      /contradicts\.ts: contradicts\.tables\.readings\.device: the topic has no level \{valve\}; its levels are pump$/,
    ],
    [
      'twice.ts',
      `import { defineFleet, table, text, topicLevel } from 'tributary';
       const t = (topic) => table({ topic: topic + '/{d}', device: topicLevel('d'), columns: { v: text() } });
       export const one = defineFleet({ name: 'twice', tables: { t: t('one') } });
       export const other = defineFleet({ name: 'twice', tables: { t: t('other') } });`,
      /twice\.ts: two fleets are named "twice"; rename one$/,
    ],
    [
      'collide.ts',
      `import { defineFleet, table, text, topicLevel } from 'tributary';
       const t = (topic) => table({ topic: topic + '/{d}', device: topicLevel('d'), columns: { v: text() } });
       export const a = defineFleet({ name: 'a', tables: { b_c: t('a') } });
       export const b = defineFleet({ name: 'a_b', tables: { c: t('b') } });`,
      /collide\.ts: a_b\.tables\.c and a\.tables\.b_c are both a_b_c in SQL; rename one$/,
    ],
  ];

  it.each(REFUSED)('of %s are refused in one line that names it', async (name, source, message) => {
    const path = source === undefined ? join(folder, name) : writeModule(name, source);
    const refused = await loadFleets(path).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(UsageError);
    const { message: line } = refused as UsageError;
    expect(line).toMatch(message);
    expect(line).not.toContain('\n');
  });
});
