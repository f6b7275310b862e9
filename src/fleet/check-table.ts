import { parseDecimalType } from '../columns/types.ts';
import { ORIGIN } from '../columns/reserved.ts';
import { checkName } from './check-name.ts';
import type { Faults } from './definition-error.ts';
import type { Column, Table } from './model.ts';
import { isTimeZone } from './time-zone.ts';

/** IoT Core's limits of a topic: bytes, and slashes (Basic Ingest's own three do not count). */
const MAX_TOPIC_BYTES = 256;
const MAX_TOPIC_SLASHES = 7;

const NUMERIC = ['double', 'float', 'long', 'integer', 'short', 'byte'];

export function isNumeric(column: Column): boolean {
  return NUMERIC.includes(column.type) || parseDecimalType(column.type) !== undefined;
}

/** Everything that can be wrong with one table on its own. */
export function checkTable(path: string, table: Table, faults: Faults): void {
  checkTopic(path, table, faults);
  checkDevice(path, table, faults);
  if (table.columns.length === 0) faults(`${path}.columns`, 'a table needs at least one column');
  for (const column of table.columns) checkColumn(`${path}.columns.${column.name}`, column, table, faults);

  const names = table.columns.map(({ name }) => name);
  const known = (where: string, name: string) => {
    if (!names.includes(name))
      faults(where, `no column ${JSON.stringify(name)}; columns are ${names.join(', ')}`);
    return names.includes(name);
  };
  table.identity.forEach((name, i) => known(`${path}.identity[${i}]`, name));
  table.sortBy.forEach((name, i) => name === ORIGIN.arrivedAt || known(`${path}.sortBy[${i}]`, name));
  for (const [i, name] of table.identity.entries()) {
    if (table.identity.indexOf(name) < i)
      faults(`${path}.identity[${i}]`, `${JSON.stringify(name)} stands twice`);
  }
  if (table.eventTime === ORIGIN.arrivedAt) {
    if (table.identity.length > 0) {
      faults(
        `${path}.identity`,
        'an identity needs an event time, or readings of all times would count as one: set eventTime',
      );
    }
  } else if (known(`${path}.eventTime`, table.eventTime)) {
    const column = table.columns.find(({ name }) => name === table.eventTime)!;
    if (column.type !== 'timestamp')
      faults(`${path}.eventTime`, `column ${column.name} is ${column.type}, not timestamp`);
    if (column.optional)
      faults(`${path}.eventTime`, `column ${column.name} is optional: every row needs its event time`);
    if (table.identity.length > 0 && !table.identity.includes(table.eventTime)) {
      faults(
        `${path}.identity`,
        `the event time ${column.name} has to be part of it, or rollups could not tell doubles from new readings`,
      );
    }
  }
  if (!['day', 'month', 'none'].includes(table.partition)) {
    faults(`${path}.partition`, `${JSON.stringify(table.partition)} is none of day, month, none`);
  }
  for (const level of Object.keys(table.rowLevels)) {
    if (!levelNames(table).includes(level))
      faults(`${path}.rowLevels.${level}`, `the topic ${table.topic} has no level {${level}}`);
  }
}

export function levelNames(table: Table): string[] {
  return table.segments.flatMap((segment) => (segment.kind === 'level' ? [segment.name] : []));
}

function checkTopic(path: string, table: Table, faults: Faults): void {
  const where = `${path}.topic`;
  const { topic } = table;
  if (Buffer.byteLength(topic) > MAX_TOPIC_BYTES) faults(where, `longer than ${MAX_TOPIC_BYTES} bytes`);
  if (table.segments.length - 1 > MAX_TOPIC_SLASHES) faults(where, `more than ${MAX_TOPIC_SLASHES} slashes`);
  for (const segment of table.segments) {
    if (segment.kind === 'level') checkName(`${where}{${segment.name}}`, segment.name, faults);
    else if (segment.text === '') faults(where, `${JSON.stringify(topic)} has an empty level`);
    else if (/[+#{}$\s]/.test(segment.text) || segment.text.includes('\0')) {
      faults(
        where,
        `level ${JSON.stringify(segment.text)} holds one of + # { } $ or a blank; write {name} for what varies`,
      );
    }
  }
  const levels = levelNames(table);
  for (const level of new Set(levels.filter((name, i) => levels.indexOf(name) < i)))
    faults(where, `level {${level}} stands twice`);
}

function checkDevice(path: string, table: Table, faults: Faults): void {
  const levels = levelNames(table);
  const named = table.device.kind === 'topicLevel' ? [table.device.name] : Object.keys(table.device.levels);
  if (named.length === 0)
    faults(`${path}.device`, 'name the topic level, or the levels and attributes, that a device is known by');
  for (const level of named) {
    if (!levels.includes(level)) {
      faults(
        `${path}.device`,
        `the topic ${table.topic} has no level {${level}}; levels are ${levels.join(', ') || 'none'}`,
      );
    }
  }
}

function checkColumn(path: string, column: Column, table: Table, faults: Faults): void {
  checkName(path, column.name, faults);
  const { source, min, max } = column;
  if (source.kind === 'topicLevel' && !levelNames(table).includes(source.name)) {
    faults(`${path}.from`, `the topic ${table.topic} has no level {${source.name}}`);
  }
  if ((source.kind === 'timeFields' || source.kind === 'arrival') && column.type !== 'timestamp') {
    faults(`${path}.from`, `gives a time, the column is ${column.type}`);
  }
  if (source.kind === 'timeFields') {
    for (const part of ['year', 'month', 'day'] as const) {
      if (source.fields[part] === undefined)
        faults(`${path}.from`, `a time over several fields needs ${part}`);
    }
  }
  if ((source.kind === 'reading' || source.kind === 'message') && source.paths.length === 0)
    faults(`${path}.from`, 'names no path');
  if ((min !== undefined || max !== undefined) && !isNumeric(column))
    faults(path, `min and max are for numbers, the column is ${column.type}`);
  if (min !== undefined && max !== undefined && min > max) faults(path, `min ${min} lies above max ${max}`);
  if (Number.isNaN(min) || Number.isNaN(max)) faults(path, 'min and max have to be numbers');
  if (column.time?.zone !== undefined && !isTimeZone(column.time.zone)) {
    faults(
      `${path}.zone`,
      `${JSON.stringify(column.time.zone)} is no time zone; write an IANA name as America/New_York`,
    );
  }
  const decimal = parseDecimalType(column.type);
  if (
    decimal &&
    !(
      decimal.precision >= 1 &&
      decimal.precision <= 38 &&
      decimal.scale >= 0 &&
      decimal.scale <= decimal.precision
    )
  ) {
    faults(
      path,
      `decimal(${decimal.precision}, ${decimal.scale}): precision goes from 1 to 38, scale from 0 to the precision`,
    );
  }
}
