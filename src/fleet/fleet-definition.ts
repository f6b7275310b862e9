import type { ORIGIN } from '../columns/reserved.ts';
import type { DataTestDefinition } from './data-test-definition.ts';
import type { Measure, Simulation, Tile } from './model.ts';
import type { ModelDefinition } from './model-definition.ts';
import type { Measures, RollupDefinition } from './rollup-definition.ts';
import type { ColumnName, ColumnOfType, NumericType, TableDefinition } from './table-definition.ts';
import type { ROLLUP } from './schema.ts';

export type TableDefinitions = Readonly<Record<string, TableDefinition>>;
export type RollupDefinitions = Readonly<Record<string, RollupDefinition>>;
export type ModelDefinitions = Readonly<Record<string, ModelDefinition>>;

type ColumnsOf<Of> = Of extends TableDefinition<infer Columns> ? Columns : never;
type ModelColumns<Of> = Of extends ModelDefinition<infer Columns> ? Columns : never;

/** The measures that a table's columns allow. */
type MeasureOf<Columns> =
  | { readonly kind: 'count' }
  | { readonly kind: 'sum' | 'avg' | 'stddev'; readonly column: ColumnOfType<Columns, NumericType> }
  | {
      readonly kind: 'p50' | 'p90' | 'p99';
      readonly column: ColumnOfType<Columns, NumericType | 'date' | 'timestamp'>;
    }
  | {
      readonly kind: 'min' | 'max';
      readonly column: ColumnOfType<Columns, NumericType | 'date' | 'timestamp' | 'string'>;
    }
  | { readonly kind: Extract<Measure['kind'], 'first' | 'last'>; readonly column: ColumnName<Columns> };

/** What a rollup has to be, given the tables: a fault shows at the name that is wrong. */
type RollupOver<Tables extends TableDefinitions, Is> =
  Is extends RollupDefinition<infer Source, string, Measures>
    ? Source extends keyof Tables & string
      ? RollupDefinition<
          Source,
          ColumnName<ColumnsOf<Tables[Source]>>,
          Readonly<Record<string, MeasureOf<ColumnsOf<Tables[Source]>>>>
        >
      : RollupDefinition<keyof Tables & string>
    : RollupDefinition<keyof Tables & string>;

/** The columns that a rollup gives. */
type RollupColumn<Is> =
  Is extends RollupDefinition<string, infer By, infer Over>
    ? By | (keyof Over & string) | (typeof ROLLUP)[keyof typeof ROLLUP]
    : never;

type TileOf<Source extends string, Column extends string> = {
  readonly kind: Tile['kind'];
  readonly title: string;
  /** a table, rollup or model of the fleet */
  readonly source: Source;
  /** what it shows; a map: latitude and longitude first */
  readonly columns: readonly Column[];
  /** one line, bar or point for each value */
  readonly by?: Column;
};

/** A tile over a table, a rollup or a model: `source` decides which columns there are. */
export type TileDefinition<
  Tables extends TableDefinitions,
  Rollups extends RollupDefinitions,
  Models extends ModelDefinitions,
> =
  | {
      [Name in keyof Tables & string]: TileOf<
        Name,
        ColumnName<ColumnsOf<Tables[Name]>> | typeof ORIGIN.arrivedAt | typeof ORIGIN.topic
      >;
    }[keyof Tables & string]
  | { [Name in keyof Rollups & string]: TileOf<Name, RollupColumn<Rollups[Name]>> }[keyof Rollups & string]
  | { [Name in keyof Models & string]: TileOf<Name, ColumnName<ModelColumns<Models[Name]>>> }[keyof Models &
      string];

export type SimulationDefinition = {
  /** how many devices there are unless `--devices` says otherwise */
  readonly devices: number;
  /** between two messages of one device unless `--interval` or `--rate` says otherwise: `'1 second'` */
  readonly interval: string;
  /**
   * devices that live through a past first: they begin `span` ago, `step` passes with each message until they have caught up
   * with the clock, and from then on they send one every `step`: `{ span: '365 days', step: '1 hour' }`
   */
  readonly history?: { readonly span: string; readonly step: string };
  /** the row that stands for a message where devices write a file; the payload's fields and the topic's levels otherwise */
  readonly fileRow?: Simulation['fileRow'];
  /** makes device `index`, from 0; all that is random about it comes from `random` */
  readonly device: Simulation['device'];
};

export type FleetDefinition<
  Tables extends TableDefinitions,
  Rollups extends RollupDefinitions,
  Models extends ModelDefinitions,
> = {
  readonly name: string;
  /** IANA name of the zone whose days, weeks and months rollups follow; UTC unless said otherwise */
  readonly timeZone?: string;
  /** how long the cloud may wait to fill a batch, five minutes at most: `'1 minute'` unless said otherwise */
  readonly batchWindow?: string;
  readonly tables: Tables;
  readonly rollups?: Rollups & {
    readonly [Name in keyof Rollups]: RollupOver<NoInfer<Tables>, Rollups[Name]>;
  };
  readonly models?: Models;
  /** what has to be true of the rows: `notNull()`, `unique()`, `inRange()`, `fresh()`; `npm run test-data` asks */
  readonly tests?: readonly DataTestDefinition[];
  readonly tiles?: readonly TileDefinition<NoInfer<Tables>, NoInfer<Rollups>, NoInfer<Models>>[];
  readonly simulation?: SimulationDefinition;
};
