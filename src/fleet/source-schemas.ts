import type { StructType } from '../columns/types.ts';
import type { Fleet } from './model.ts';
import { modelSchema, rollupSchema, tableSchema } from './schema.ts';

/** What a fleet's tables, rollups and models give, by their names in the definition. */
export type SourceSchemas = ReadonlyMap<string, StructType>;

export function sourceSchemas({ tables, rollups, models }: Fleet): SourceSchemas {
  return new Map([
    ...Object.entries(tables).map(([name, table]) => [name, tableSchema(table)] as const),
    ...Object.entries(rollups).map(
      ([name, rollup]) => [name, rollupSchema(rollup, tables[rollup.source]!)] as const,
    ),
    ...Object.entries(models).map(([name, model]) => [name, modelSchema(model)] as const),
  ]);
}
