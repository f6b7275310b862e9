/**
 * What a room may import, beside itself, packages and `BASE`. Rooms are folders: `src/delta`, `lib`. A single file may
 * stand for the port that a room offers. `types` are for `import type` only.
 */
export type Room = {
  readonly may: readonly string[];
  readonly types?: readonly string[];
};

/** Errors and the clock: anyone may import them, and they import nothing. */
export const BASE: readonly string[] = ['src/errors.ts', 'src/clock.ts'];

const PORT = 'src/stores/object-store.ts';
/** How SQL spells names and texts. */
const QUOTE = 'src/sql/quote.ts';
/** The names of environment variables: who sets them and who reads them import the same. */
const ENVIRONMENT = 'src/environment.ts';

export const ROOMS: Readonly<Record<string, Room>> = {
  'src/columns': { may: [] },
  'src/stores': { may: [] },
  'src/streams': { may: [] },
  'src/fleet': { may: ['src/columns'] },
  'src/decode': { may: ['src/fleet', 'src/columns'] },
  'src/parquet': { may: ['src/columns'] },
  'src/delta': { may: ['src/parquet', 'src/columns'], types: [PORT] },
  'src/files': { may: [] },
  'src/sql': { may: ['src/columns', PORT] },
  // what SQL sees of a lake: tables and views of the definitions, over the files of their snapshots
  'src/lake': { may: ['src/sql', 'src/delta', 'src/fleet', 'src/columns', PORT] },
  'src/ingest': {
    may: ['src/decode', 'src/delta', 'src/streams', 'src/files', 'src/fleet', 'src/columns', PORT],
  },
  'src/rollup': { may: ['src/delta', 'src/lake', 'src/sql', 'src/fleet', 'src/columns', PORT] },
  // tables that SQL defines: windows, gold and changes are the rollups' own
  'src/models': {
    may: ['src/rollup', 'src/delta', 'src/lake', 'src/sql', 'src/fleet', 'src/columns', PORT],
  },
  // what tiles show: one meaning for every dashboard there is
  'src/tiles': { may: ['src/fleet', 'src/columns', QUOTE] },
  // formulas, for whoever has stretches and counts
  'src/oee': { may: [] },
  // the public faces, and what every room shares: they stand in src itself
  src: { may: ['src/fleet', 'src/delta', 'src/oee', 'src/stores'] },
  // a replay reads the same files as a backfill
  'device-sim': { may: ['src/fleet', 'src/files'], types: ['src/columns'] },
  // schemas are written in the words of columns
  lib: { may: ['src/tiles', 'src/fleet', 'src/columns', QUOTE, ENVIRONMENT] },
  fleets: { may: ['src/fleet', 'src/oee'] },
  examples: { may: [] },
  lambdas: { may: ['src'] },
  // verify holds the simulator's ledger against the lake
  local: { may: ['src', 'device-sim'] },
  // the page knows the product by its API, and that by the types of its routes and answers
  dashboard: { may: [], types: ['local/web'] },
  bin: { may: ['src', 'local', 'lib', 'device-sim', 'lambdas', 'fleets'] },
};

/** Packages that few may know: a name, or the beginning of one that ends with `/` or `*`. */
export const PACKAGES: readonly { readonly packages: readonly string[]; readonly only: readonly string[] }[] =
  [
    { packages: ['hyparquet*'], only: ['src/parquet'] },
    { packages: ['@duckdb/', '@aws-sdk/client-athena'], only: ['src/sql'] },
    { packages: ['@hono/'], only: ['local'] },
    { packages: ['hono', 'hono/'], only: ['local', 'dashboard'] },
    {
      packages: [
        'preact',
        'preact/',
        '@preact/',
        'uplot',
        '@codemirror/',
        '@lezer/',
        'd3-geo',
        'topojson-client',
      ],
      only: ['dashboard'],
    },
    { packages: ['@grafana/'], only: ['bin'] },
    { packages: ['aws-cdk-lib', 'aws-cdk-lib/', 'constructs', 'cdk-nag'], only: ['lib', 'bin'] },
  ];

/** The core knows nothing of AWS, Lambda or files: it gets a store, a clock and a random source handed in. */
export const PURE: { readonly rooms: readonly string[]; readonly never: readonly string[] } = {
  rooms: ['src/columns', 'src/fleet', 'src/decode', 'src/delta'],
  never: ['@aws-sdk/', '@smithy/', '@aws-lambda-powertools/', '@middy/', 'aws-lambda', 'node:fs', 'node:fs/'],
};
