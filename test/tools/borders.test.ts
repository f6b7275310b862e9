import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkBorders } from '../../tools/borders/check-borders.ts';

/** The arrows as the architecture draws them, said here once more: what is not among them is a violation. */
const ARROWS = `
  src/fleet -> src/columns
  src/decode -> src/fleet src/columns
  src/parquet -> src/columns
  src/delta -> src/parquet src/columns
  src/sql -> src/columns
  src/lake -> src/sql src/delta src/fleet src/columns
  src/ingest -> src/decode src/delta src/streams src/files src/fleet src/columns
  src/rollup -> src/delta src/lake src/sql src/fleet src/columns
  lambdas -> src/columns src/stores src/streams src/files src/fleet src/decode src/parquet src/delta src/sql src/lake src/ingest src/rollup
  local -> src/columns src/stores src/streams src/files src/fleet src/decode src/parquet src/delta src/sql src/lake src/ingest src/rollup device-sim
  bin -> src/columns src/stores src/streams src/files src/fleet src/decode src/parquet src/delta src/sql src/lake src/ingest src/rollup device-sim lib lambdas local
  lib -> src/fleet src/columns
  device-sim -> src/fleet src/files`;

const allowed = new Set(
  ARROWS.trim()
    .split('\n')
    .flatMap((line) => {
      const [from = '', to = ''] = line.trim().split(' -> ');
      return to.split(' ').map((target) => `${from} -> ${target}`);
    }),
);
const rooms = [
  'src/columns',
  'src/stores',
  'src/streams',
  'src/fleet',
  'src/decode',
  'src/parquet',
  'src/delta',
  'src/files',
  'src/sql',
  'src/lake',
  'src/ingest',
  'src/rollup',
  'lambdas',
  'local',
  'bin',
  'lib',
  'device-sim',
];

function plant(from: string, statement: string): readonly string[] {
  return checkBorders(new Map([[`${from}/planted.ts`, statement]]));
}

function pathTo(from: string, target: string): string {
  return posix.relative(from, target).replace(/^(?!\.)/, './');
}

describe.each(rooms)('%s', (from) => {
  it.each(rooms.filter((to) => to !== from))('and %s', (to) => {
    const specifier = pathTo(from, `${to}/thing.ts`);
    const crossings = [
      `import { thing } from '${specifier}';`,
      `import '${specifier}';`,
      `export { thing } from '${specifier}';`,
      `export * from '${specifier}';`,
      `const thing = await import('${specifier}');`,
    ];
    for (const statement of crossings) {
      expect(plant(from, statement), statement).toHaveLength(allowed.has(`${from} -> ${to}`) ? 0 : 1);
    }
  });

  it('may import the base, and itself', () => {
    expect(plant(from, `import { UsageError } from '${pathTo(from, 'src/errors.ts')}';`)).toEqual([]);
    expect(plant(from, `import type { Clock } from '${pathTo(from, 'src/clock.ts')}';`)).toEqual([]);
    expect(plant(from, `import { thing } from './deeper/thing.ts';`)).toEqual([]);
  });
});

describe('types only', () => {
  it.each([
    { from: 'src/delta', port: 'src/stores/object-store.ts' },
    { from: 'device-sim', port: 'src/columns/types.ts' },
  ])('$from and $port', ({ from, port }) => {
    const specifier = pathTo(from, port);
    expect(plant(from, `import type { T } from '${specifier}';`)).toEqual([]);
    expect(plant(from, `import { type T, type U } from '${specifier}';`)).toEqual([]);
    expect(plant(from, `type T = import('${specifier}').T;`)).toEqual([]);
    expect(plant(from, `import { type T, value } from '${specifier}';`)).toEqual([
      `${from}/planted.ts:1: ${from} may import the types of ${port} only`,
    ]);
    expect(plant(from, `import '${specifier}';`)).toHaveLength(1);
  });

  it('are crossings elsewhere', () => {
    expect(plant('src/columns', `import type { T } from '../delta/actions.ts';`)).toHaveLength(1);
    expect(plant('src/columns', `type T = import('../delta/actions.ts').T;`)).toHaveLength(1);
    expect(plant('src/delta', `import type { T } from '../stores/s3-store.ts';`)).toHaveLength(1);
  });
});

it.each(['src/sql', 'src/ingest', 'src/rollup'])('%s may use the port of stores, and no adapter', (from) => {
  expect(plant(from, `import { prefixedStore } from '../stores/object-store.ts';`)).toEqual([]);
  expect(plant(from, `import { createFolderStore } from '../stores/folder-store.ts';`)).toHaveLength(1);
});

it.each([
  { from: 'src/delta', specifier: '@aws-sdk/client-s3' },
  { from: 'src/decode', specifier: 'node:fs' },
  { from: 'src/columns', specifier: 'fs/promises' },
  { from: 'src/fleet', specifier: 'node:fs/promises' },
  { from: 'src/fleet', specifier: 'aws-lambda' },
  { from: 'src/delta', specifier: 'hyparquet' },
  { from: 'bin', specifier: 'hyparquet-writer' },
  { from: 'src/rollup', specifier: '@duckdb/node-api' },
  { from: 'src/stores', specifier: 'aws-cdk-lib/aws-s3' },
])('$from may not import $specifier', ({ from, specifier }) => {
  expect(plant(from, `import type { T } from '${specifier}';`)).toHaveLength(1);
  expect(plant(from, `await import('${specifier}');`)).toHaveLength(1);
});

it.each([
  { from: 'src/parquet', specifier: 'hyparquet' },
  { from: 'src/sql', specifier: '@duckdb/node-api' },
  { from: 'src/stores', specifier: '@aws-sdk/client-s3' },
  { from: 'src/stores', specifier: 'node:fs/promises' },
  { from: 'src/delta', specifier: 'node:zlib' },
  { from: 'examples', specifier: 'tributary' },
  { from: 'lambdas', specifier: '#fleets' },
])('$from may import $specifier', ({ from, specifier }) => {
  expect(plant(from, `import { thing } from '${specifier}';`)).toEqual([]);
});

it('refuses what the source does not say, a room nobody knows, and a base that leans on something', () => {
  expect(plant('src/delta', 'await import(name);')).toHaveLength(1);
  expect(plant('src/novelty', `import { thing } from '../delta/index.ts';`)).toHaveLength(1);
  const base = new Map([['src/errors.ts', `import { thing } from './fleet/index.ts';`]]);
  expect(checkBorders(base)).toHaveLength(1);
});

it('says where', () => {
  expect(plant('lib', `import 'node:url';\n\nimport { x } from '../src/delta/index.ts';`)).toEqual([
    'lib/planted.ts:3: lib may not import src/delta/index.ts',
  ]);
});
