import { ORIGIN } from '../columns/reserved.ts';
import type { StructType } from '../columns/types.ts';
import {
  currentView,
  modelSchema,
  partitionColumns,
  QUARANTINE_PATH,
  QUARANTINE_SQL_NAME,
  quarantinePartitionColumns,
  quarantineSchema,
  ROLLUP,
  rollupSchema,
  sqlName,
  tablePath,
  tableSchema,
} from '../fleet/index.ts';
import type { Fleet, Table } from '../fleet/model.ts';
import type { SqlView } from '../sql/sql-engine.ts';

/** A table of the lake as the definitions have it. */
export type LakeEntry = {
  /** its name in SQL */
  readonly name: string;
  /** its folder in the lake */
  readonly path: string;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  /** the view of its current rows */
  readonly view?: SqlView;
  /** the column by which its rows lie in time, if any */
  readonly time?: string;
  /** the column with the arrival that a row knows of; models keep theirs in `txn` */
  readonly arrival?: string;
  /** how far ahead of its arrival a row's time may be, in milliseconds */
  readonly ahead?: number;
};

/** Every table that a lake with these fleets has: the quarantine, raw tables, rollups, models. */
export function lakeEntries(fleets: readonly Fleet[]): LakeEntry[] {
  const quarantine: LakeEntry = {
    name: QUARANTINE_SQL_NAME,
    path: QUARANTINE_PATH,
    schema: quarantineSchema,
    partitionColumns: quarantinePartitionColumns,
    time: ORIGIN.arrivedAt,
    arrival: ORIGIN.arrivedAt,
  };
  return [quarantine, ...fleets.flatMap(entriesOfFleet)];
}

function entriesOfFleet(fleet: Fleet): LakeEntry[] {
  const place = (name: string) => ({ name: sqlName(fleet.name, name), path: tablePath(fleet.name, name) });
  const tables = Object.values(fleet.tables).map((table) => ({
    ...place(table.name),
    schema: tableSchema(table),
    partitionColumns: partitionColumns(table),
    view: currentView(table),
    time: table.eventTime,
    arrival: ORIGIN.arrivedAt,
    ahead: table.maxAhead,
  }));
  const rollups = Object.values(fleet.rollups).map((rollup) => ({
    ...place(rollup.name),
    schema: rollupSchema(rollup, fleet.tables[rollup.source] as Table),
    partitionColumns: partitionColumns(rollup),
    time: ROLLUP.start,
    arrival: ROLLUP.asOf,
  }));
  const models = Object.values(fleet.models).map((model) => ({
    ...place(model.name),
    schema: modelSchema(model),
    partitionColumns: partitionColumns(model),
    ...(model.every === undefined ? {} : { time: ROLLUP.start }),
  }));
  return [...tables, ...rollups, ...models];
}
