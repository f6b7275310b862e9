import type { StructType } from '../src/columns/types.ts';
import {
  QUARANTINE_PATH,
  QUARANTINE_SQL_NAME,
  modelSchema,
  quarantineSchema,
  rollupSchema,
  sqlName,
  tablePath,
  tableSchema,
} from '../src/fleet/index.ts';
import type { Column, Fleet, Model, ModelColumn, Rollup, Table } from '../src/fleet/model.ts';

/** A table of the lake, as the catalog lists it. */
export type CatalogTable = {
  readonly sqlName: string;
  /** below the lake */
  readonly path: string;
  readonly description: string;
  readonly schema: StructType;
  readonly comments: Readonly<Record<string, string>>;
};

/** Every table of the lake: the fleets' raw tables, their rollups and models, and the quarantine. */
export function catalogTables(fleets: readonly Fleet[]): readonly CatalogTable[] {
  return [
    ...fleets.flatMap((fleet) => [
      ...Object.values(fleet.tables).map(rawTable),
      ...Object.values(fleet.rollups).map((rollup) => goldTable(rollup, fleet.tables[rollup.source]!)),
      ...Object.values(fleet.models).map(modelTable),
    ]),
    {
      sqlName: QUARANTINE_SQL_NAME,
      path: QUARANTINE_PATH,
      description: 'Messages with readings that did not fit their tables, byte for byte',
      schema: quarantineSchema,
      comments: {},
    },
  ];
}

function rawTable(table: Table): CatalogTable {
  return {
    sqlName: sqlName(table.fleet, table.name),
    path: tablePath(table.fleet, table.name),
    description: `Readings from ${table.topic}, as they arrived`,
    schema: tableSchema(table),
    comments: commentsOf(table.columns),
  };
}

function commentsOf(columns: readonly (Column | ModelColumn)[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    columns.flatMap(({ name, unit, description }) => {
      const comment = [description, unit].filter((each) => each !== undefined).join(', ');
      return comment === '' ? [] : [[name, comment]];
    }),
  );
}

function modelTable(model: Model): CatalogTable {
  return {
    sqlName: sqlName(model.fleet, model.name),
    path: tablePath(model.fleet, model.name),
    description: `Model ${model.name} of ${model.fleet}`,
    schema: modelSchema(model),
    comments: commentsOf(model.columns),
  };
}

function goldTable(rollup: Rollup, source: Table): CatalogTable {
  const { count, unit } = rollup.every;
  const by = rollup.by.length === 0 ? '' : `, by ${rollup.by.join(', ')}`;
  return {
    sqlName: sqlName(rollup.fleet, rollup.name),
    path: tablePath(rollup.fleet, rollup.name),
    description: `${sqlName(source.fleet, source.name)} in windows of ${count} ${unit}${by}`,
    schema: rollupSchema(rollup, source),
    comments: {},
  };
}
