export {
  binary,
  boolean,
  byte,
  date,
  decimal,
  double,
  float,
  integer,
  json,
  long,
  short,
  text,
  timestamp,
} from './column-definition.ts';
export { collectFleets, lakePaths, selectRollups } from './collect-fleets.ts';
export { defineFleet } from './define.ts';
export { DefinitionError } from './definition-error.ts';
export type { Fleet, Rollup, SimulatedDevice, SimulatedMessage, Table, Tile } from './model.ts';
export { currentViewName, QUARANTINE_PATH, QUARANTINE_SQL_NAME, sqlName, tablePath } from './names.ts';
export {
  avg,
  count,
  first,
  last,
  max,
  min,
  p50,
  p90,
  p99,
  rollup,
  stddev,
  sum,
} from './rollup-definition.ts';
export { type RowMessage, rowToMessage } from './row-message.ts';
export { type IotRule, iotRules } from './rules.ts';
export {
  partitionColumns,
  quarantinePartitionColumns,
  quarantineSchema,
  rollupSchema,
  tableSchema,
} from './schema.ts';
export { arrival, fields, message, payload, thingAttribute, topicLevel } from './source-definition.ts';
export { table } from './table-definition.ts';
export { createRouter, fillLevels, fillTopic, type Route, type Router, topicFilter } from './topics.ts';
