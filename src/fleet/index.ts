export { collectFleets, lakePaths, selectFleets, selectRollups } from './collect-fleets.ts';
export {
  binary,
  boolean,
  byte,
  type ColumnDefinition,
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
export { currentView, latestSql } from './current-view.ts';
export { type DataTestDefinition, fresh, inRange, notNull, unique } from './data-test-definition.ts';
export { defineFleet } from './define.ts';
export { DefinitionError } from './definition-error.ts';
export type * from './model.ts';
export {
  byEventTime,
  byNeighbours,
  byOverlap,
  defineModel,
  type ModelDefinition,
  shifts,
} from './model-definition.ts';
export {
  currentViewName,
  QUARANTINE_PATH,
  QUARANTINE_SQL_NAME,
  sqlName,
  tablePath,
  utcViewName,
} from './names.ts';
export { policyAttributes, policyTopics, retainedPolicyTopics } from './policy.ts';
export { WINDOWS } from './resolve-lookups.ts';
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
  type RollupDefinition,
  stddev,
  sum,
} from './rollup-definition.ts';
export { type RowMessage, rowToMessage } from './row-message.ts';
export { coversFilter, type IotRule, iotRules } from './rules.ts';
export {
  measureType,
  modelSchema,
  partitionColumns,
  quarantinePartitionColumns,
  quarantineSchema,
  ROLLUP,
  rollupSchema,
  tableSchema,
} from './schema.ts';
export * as signals from './signals.ts';
export { arrival, fields, message, payload, thingAttribute, topicLevel } from './source-definition.ts';
export { table, type TableDefinition } from './table-definition.ts';
export { createRouter, fillLevels, fillTopic, type Route, type Router, topicFilter } from './topics.ts';
export { type UtcView, utcView } from './utc-view.ts';
