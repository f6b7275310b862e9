import { ORIGIN } from '../src/columns/reserved.ts';
import {
  modelSchema,
  partitionColumns,
  QUARANTINE_SQL_NAME,
  quarantinePartitionColumns,
  ROLLUP,
  sqlName,
} from '../src/fleet/index.ts';
import type { Fleet, Model, Rollup, Table, TopicSegment, Window } from '../src/fleet/model.ts';

/** A query that people find in the workgroup and begin with. `key`: what tells it apart from the others of its table. */
export type SavedQuery = {
  readonly table: string;
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly sql: string;
};

/** Questions about every table of the fleets and the quarantine, in SQL that Athena and DuckDB answer alike. */
export function savedQueries(fleets: readonly Fleet[]): readonly SavedQuery[] {
  return [
    ...fleets.flatMap((fleet) => [
      ...Object.values(fleet.tables).flatMap(tableQueries),
      ...Object.values(fleet.rollups).flatMap(rollupQueries),
      ...Object.values(fleet.models).flatMap(modelQueries),
      quarantineOfFleet(fleet),
    ]),
    ...quarantineQueries(),
  ];
}

function tableQueries(table: Table): readonly SavedQuery[] {
  const name = sqlName(table.fleet, table.name);
  const [partition] = partitionColumns(table);
  return [
    newestRows(name, table.eventTime, partition),
    ...(partition === undefined ? [] : [arrivals(name, table.eventTime, partition)]),
    {
      table: name,
      key: 'silent',
      name: `${name}: topics, the longest silent first`,
      description: 'When each device was heard of last, and how often',
      sql: lines(
        `select ${ORIGIN.topic}, max(${ORIGIN.arrivedAt}) as heard_last, count(*) as readings`,
        `from ${name}`,
        `group by ${ORIGIN.topic}`,
        `order by heard_last, ${ORIGIN.topic}`,
        'limit 100',
      ),
    },
    ...(table.identity.length === 0 ? [] : [repeats(name, table.identity)]),
  ];
}

/** Rows of the newest partition only: the others are not read. */
function newestRows(table: string, time: string, partition: string | undefined): SavedQuery {
  return {
    table,
    key: 'newest',
    name: `${table}: newest`,
    description: `The newest rows of ${table}, as they arrived`,
    sql: lines(
      'select *',
      `from ${table}`,
      ...(partition === undefined ? [] : [`where ${partition} = (select max(${partition}) from ${table})`]),
      `order by ${time} desc`,
      'limit 100',
    ),
  };
}

function arrivals(table: string, time: string, partition: string): SavedQuery {
  const delay = `to_unixtime(${ORIGIN.arrivedAt}) - to_unixtime(${time})`;
  return {
    table,
    key: 'arrivals',
    name: `${table}: how many and how late`,
    description: `Readings of each ${partition === '_month' ? 'month' : 'day'}, and the seconds between their time and their arrival`,
    sql: lines(
      `select ${partition}, count(*) as readings, avg(${delay}) as avg_delay_s, max(${delay}) as max_delay_s`,
      `from ${table}`,
      `group by ${partition}`,
      `order by ${partition} desc`,
      'limit 31',
    ),
  };
}

function repeats(table: string, identity: readonly string[]): SavedQuery {
  const columns = identity.join(', ');
  return {
    table,
    key: 'repeats',
    name: `${table}: readings that came again`,
    description: `Rows of one identity (${columns}), of which ${table}_current shows the later arrival`,
    sql: lines(
      `select ${columns}, count(*) as arrivals, min(${ORIGIN.arrivedAt}) as first_arrival, max(${ORIGIN.arrivedAt}) as last_arrival`,
      `from ${table}`,
      `group by ${columns}`,
      'having count(*) > 1',
      `order by arrivals desc, ${columns}`,
      'limit 100',
    ),
  };
}

/** How far back the newest windows reach, by the width of one. */
const REACH: Readonly<Record<Window['unit'] | 'shift', string>> = {
  second: "interval '1' hour",
  minute: "interval '1' day",
  hour: "interval '7' day",
  shift: "interval '7' day",
  day: "interval '31' day",
  week: "interval '182' day",
  month: "interval '730' day",
};

function rollupQueries(rollup: Rollup): readonly SavedQuery[] {
  const name = sqlName(rollup.fleet, rollup.name);
  const order = [`${ROLLUP.start} desc`, ...rollup.by].join(', ');
  return [
    latestWindows(name, rollup.every.unit, order),
    {
      table: name,
      key: 'open',
      name: `${name}: windows that may still change`,
      description: 'Late data still moves them',
      sql: lines('select *', `from ${name}`, `where not ${ROLLUP.final}`, `order by ${order}`, 'limit 100'),
    },
  ];
}

function modelQueries(model: Model): readonly SavedQuery[] {
  const name = sqlName(model.fleet, model.name);
  if (model.every !== undefined) return [latestWindows(name, model.every.unit, `${ROLLUP.start} desc`)];
  const [first] = modelSchema(model).fields;
  return [
    {
      table: name,
      key: 'newest',
      name: `${name}: rows`,
      description: `Rows of the model ${name}`,
      sql: lines('select *', `from ${name}`, `order by ${first!.name} desc`, 'limit 100'),
    },
  ];
}

function latestWindows(table: string, unit: keyof typeof REACH, order: string): SavedQuery {
  return {
    table,
    key: 'newest',
    name: `${table}: latest windows`,
    description: `The windows of ${table} up to the newest`,
    sql: lines(
      'select *',
      `from ${table}`,
      `where ${ROLLUP.start} > (select max(${ROLLUP.start}) from ${table}) - ${REACH[unit]}`,
      `order by ${order}`,
      'limit 1000',
    ),
  };
}

function quarantineQueries(): readonly SavedQuery[] {
  const [partition] = quarantinePartitionColumns;
  return [
    newestRows(QUARANTINE_SQL_NAME, ORIGIN.arrivedAt, partition),
    {
      table: QUARANTINE_SQL_NAME,
      key: 'reasons',
      name: `${QUARANTINE_SQL_NAME}: by reason`,
      description: 'What waits for a better definition, or to be discarded',
      sql: reasons([]),
    },
  ];
}

function quarantineOfFleet({ name, tables }: Fleet): SavedQuery {
  const topics = Object.values(tables).map(({ segments }) => segments.map(levelPattern).join('/'));
  // a device that uses Basic Ingest may say the rule first
  const pattern = `^(\\$aws/rules/[^/]+/)?(${Array.from(new Set(topics)).join('|')})$`;
  return {
    table: QUARANTINE_SQL_NAME,
    key: `reasons-${name}`,
    name: `${QUARANTINE_SQL_NAME}: ${name} by reason`,
    description: `What does not fit the tables of ${name}`,
    sql: reasons([`regexp_like(${ORIGIN.topic}, '${pattern.replaceAll("'", "''")}')`]),
  };
}

function reasons(conditions: readonly string[]): string {
  return lines(
    `select reason, count(*) as messages, min(${ORIGIN.arrivedAt}) as first_arrival, max(${ORIGIN.arrivedAt}) as last_arrival, min(detail) as an_example`,
    `from ${QUARANTINE_SQL_NAME}`,
    `where ${['resolved_at is null', ...conditions].join(' and ')}`,
    'group by reason',
    'order by messages desc, reason',
  );
}

function levelPattern(segment: TopicSegment): string {
  return segment.kind === 'level' ? '[^/]+' : segment.text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function lines(...parts: readonly string[]): string {
  return parts.join('\n');
}
