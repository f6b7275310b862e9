import { type Faults, isFields, list, refuseUnknownKeys, show } from './faults.ts';
import type { DataTest, Fleet } from './model.ts';
import { readOptions } from './options.ts';
import { isNumeric } from './resolve-column.ts';
import type { SourceSchemas } from './source-schemas.ts';

const KINDS: readonly DataTest['kind'][] = ['notNull', 'unique', 'inRange', 'fresh'];
const OPTIONS = ['kind', 'source', 'columns', 'min', 'max', 'within'];

type Context = {
  readonly fleet: Fleet;
  readonly schemas: SourceSchemas;
  readonly path: string;
  readonly faults: Faults;
};

/** The data tests of a definition, checked against the columns that there are. */
export function resolveTests(given: unknown, context: Context): readonly DataTest[] {
  const { path, faults } = context;
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    faults.add(path, `${show(given)} is no list of data tests`);
    return [];
  }
  const schemas = withCurrentViews(context);
  return given.flatMap((test: unknown, i) => resolveTest(test, schemas, `${path}[${i}]`, faults) ?? []);
}

function withCurrentViews({ fleet, schemas }: Context): SourceSchemas {
  const views = Object.keys(fleet.tables).map((name) => [`${name}_current`, schemas.get(name)!] as const);
  return new Map([...schemas, ...views]);
}

function resolveTest(
  given: unknown,
  schemas: SourceSchemas,
  path: string,
  faults: Faults,
): DataTest | undefined {
  if (!isFields(given)) {
    faults.add(
      path,
      `${show(given)} is no data test; make it with notNull(), unique(), inRange() or fresh()`,
    );
    return undefined;
  }
  refuseUnknownKeys(given, OPTIONS, path, faults);
  const options = readOptions(given, path, faults);
  const kind = options.choice('kind', KINDS);
  const source = options.text('source') ?? '';
  const columns = options.texts('columns') ?? [];
  const schema = schemas.get(source);
  if (given['kind'] === undefined) faults.add(`${path}.kind`, `a data test is one of ${KINDS.join(', ')}`);
  if (schema === undefined) {
    faults.add(
      `${path}.source`,
      `no table, rollup or model ${show(source)}; there are ${list(schemas.keys())}`,
    );
  }
  if (columns.length === 0) faults.add(`${path}.columns`, 'a data test names a column at least');
  if (kind === undefined || schema === undefined) return undefined;
  const types = new Map(schema.fields.map(({ name, type }) => [name, type]));
  for (const [i, name] of columns.entries()) {
    if (!types.has(name))
      faults.add(`${path}.columns[${i}]`, `no column ${show(name)}; columns are ${list(types.keys())}`);
  }
  const [column = ''] = columns;
  const type = types.get(column);
  switch (kind) {
    case 'notNull':
    case 'unique':
      return { kind, source, columns };
    case 'inRange': {
      const [min, max] = [options.number('min'), options.number('max')];
      if (min === undefined && max === undefined) faults.add(path, 'inRange needs a min, a max or both');
      if (type !== undefined && !(typeof type === 'string' && isNumeric(type)))
        faults.add(`${path}.columns[0]`, `${column} is no number`);
      return { kind, source, column, min, max };
    }
    case 'fresh': {
      if (given['within'] === undefined)
        faults.add(`${path}.within`, "fresh needs a duration such as '15 minutes'");
      if (type !== undefined && type !== 'timestamp')
        faults.add(`${path}.columns[0]`, `${column} is no timestamp`);
      return { kind, source, column, within: options.duration('within') ?? 0 };
    }
  }
}
