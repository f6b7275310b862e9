import { type DataType, parseDecimalType, type StructType } from '../columns/types.ts';
import { type Faults, isFields, list, refuseUnknownKeys, show } from './faults.ts';
import type { Tile } from './model.ts';
import { readOptions } from './options.ts';
import type { SourceSchemas } from './source-schemas.ts';

const KINDS: readonly Tile['kind'][] = [
  'number',
  'trend',
  'bars',
  'histogram',
  'table',
  'map',
  'oee',
  'timeline',
];
const OPTIONS = ['kind', 'title', 'source', 'columns', 'by'];

type Context = {
  readonly schemas: SourceSchemas;
  readonly path: string;
  readonly faults: Faults;
};

export function resolveTiles(given: unknown, { schemas, path, faults }: Context): readonly Tile[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    faults.add(path, `${show(given)} is no list of tiles`);
    return [];
  }
  return given.flatMap((tile: unknown, i) => resolveTile(tile, schemas, `${path}[${i}]`, faults) ?? []);
}

function resolveTile(given: unknown, schemas: SourceSchemas, path: string, faults: Faults): Tile | undefined {
  if (!isFields(given)) {
    faults.add(path, `${show(given)} is no tile; say { kind, title, source, columns }`);
    return undefined;
  }
  refuseUnknownKeys(given, OPTIONS, path, faults);
  const options = readOptions(given, path, faults);
  const kind = options.choice('kind', KINDS);
  const title = options.text('title') ?? '';
  const source = options.text('source') ?? '';
  const columns = options.texts('columns') ?? [];
  const by = options.text('by');
  if (given['kind'] === undefined) faults.add(`${path}.kind`, `a tile is one of ${KINDS.join(', ')}`);
  if (title.trim() === '') faults.add(`${path}.title`, 'a tile needs a title');
  if (columns.length === 0) faults.add(`${path}.columns`, 'a tile shows a column at least');
  const schema = schemas.get(source);
  if (schema === undefined) {
    faults.add(
      `${path}.source`,
      `no table, rollup or model ${show(source)}; there are ${list(schemas.keys())}`,
    );
  }
  if (kind === undefined || schema === undefined) return undefined;
  const tile: Tile = { kind, title, source, columns, by };
  checkColumns(tile, schema, path, faults);
  return tile;
}

function checkColumns({ kind, columns, by }: Tile, schema: StructType, path: string, faults: Faults): void {
  const types = new Map(schema.fields.map(({ name, type }) => [name, type]));
  const named = columns.map((name, i) => [`${path}.columns[${i}]`, name] as const);
  const missing = by === undefined ? named : [...named, [`${path}.by`, by] as const];
  for (const [at, name] of missing) {
    if (!types.has(name)) faults.add(at, `no column ${show(name)}; columns are ${list(types.keys())}`);
  }
  const needed = NEEDED[kind];
  if (needed !== undefined && columns.length < needed.count) faults.add(`${path}.columns`, needed.form);
  const times = kind === 'timeline' ? 2 : 0;
  for (const [at, name] of named.slice(0, times)) {
    const type = types.get(name);
    if (type !== undefined && type !== 'timestamp')
      faults.add(at, `${name} is a ${nameOf(type)}; a timeline begins with two timestamps`);
  }
  for (const [at, name] of named.slice(0, drawnColumns(kind))) {
    const type = types.get(name);
    if (type !== undefined && !isDrawable(type))
      faults.add(at, `${name} is a ${nameOf(type)}; a ${kind} draws numbers`);
  }
}

/** How many columns a kind cannot do without. */
const NEEDED: Readonly<Partial<Record<Tile['kind'], { readonly count: number; readonly form: string }>>> = {
  map: { count: 2, form: 'a map shows latitude and longitude first' },
  oee: { count: 4, form: 'an oee tile shows OEE, availability, performance and quality, in this order' },
  timeline: { count: 3, form: 'a timeline shows a start, an end and what lies between, in this order' },
};

/** How many of a tile's columns are drawn as numbers; the others are shown as they are. */
function drawnColumns(kind: Tile['kind']): number {
  switch (kind) {
    case 'trend':
    case 'bars':
    case 'histogram':
      return Infinity;
    case 'oee':
      return 4;
    case 'map':
      return 2;
    case 'number':
    case 'table':
    case 'timeline':
      return 0;
  }
}

function nameOf(type: DataType): string {
  return typeof type === 'string' ? type : type.type;
}

function isDrawable(type: unknown): boolean {
  if (typeof type !== 'string') return false;
  const isDecimal = parseDecimalType(type as 'string') !== undefined;
  return isDecimal || ['double', 'float', 'long', 'integer', 'short', 'byte'].includes(type);
}
