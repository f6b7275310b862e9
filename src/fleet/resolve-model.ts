import { PARTITION_COLUMN } from '../columns/reserved.ts';
import { type Faults, isFields, refuseUnknownKeys, show } from './faults.ts';
import type { Model, ModelColumn, Shifts, Window } from './model.ts';
import { PARTITIONS, readOptions } from './options.ts';
import { resolveColumn } from './resolve-column.ts';
import { resolveChanges } from './resolve-changes.ts';
import { resolveLookups } from './resolve-lookups.ts';
import { resolveWindow } from './resolve-rollup.ts';
import { ROLLUP } from './schema.ts';

const OPTIONS = ['columns', 'every', 'changes', 'lookups', 'partition'];
const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$/;

type Context = {
  readonly fleet: string;
  readonly timeZone: string;
  readonly path: string;
  readonly faults: Faults;
};

/** A model of a definition, checked as far as its text need not be understood; undefined where nothing can be made of it. */
export function resolveModel(name: string, definition: unknown, context: Context): Model | undefined {
  const { fleet, timeZone, path, faults } = context;
  if (!isFields(definition) || definition['kind'] !== 'model' || !isFields(definition['options'])) {
    faults.add(path, `${show(definition)} is no model; make it with defineModel(sql, { columns })`);
    return undefined;
  }
  const { sql, options: given } = definition;
  if (typeof sql !== 'string' || sql.trim() === '') {
    faults.add(
      path,
      `${show(sql)} is no SQL; give the text of a file, import sql from './${name}.sql' with { type: 'text' }`,
    );
    return undefined;
  }
  refuseUnknownKeys(given, OPTIONS, path, faults);
  const options = readOptions(given, path, faults);
  const every = resolveGrid(given['every'], `${path}.every`, faults);
  const columns = resolveColumns(given['columns'], context);
  const changes = resolveChanges(given['changes'], `${path}.changes`, faults);
  const lookups = resolveLookups(given['lookups'], `${path}.lookups`, faults);
  const partition = options.choice('partition', PARTITIONS);
  if (every === undefined) {
    if (Object.keys(changes).length > 0)
      faults.add(`${path}.changes`, 'only a model with windows knows what changes in them; say every too');
    if (partition !== undefined && partition !== 'none')
      faults.add(`${path}.partition`, 'a model without windows has no time to be partitioned by');
  } else if (columns.find((column) => column.name === ROLLUP.start)?.type !== 'timestamp') {
    faults.add(`${path}.columns`, `a model with windows gives ${ROLLUP.start}: timestamp()`);
  }
  return {
    fleet,
    name,
    sql,
    columns,
    every,
    changes,
    lookups,
    timeZone,
    partition: every === undefined ? 'none' : (partition ?? 'month'),
  };
}

function resolveGrid(given: unknown, path: string, faults: Faults): Window | Shifts | undefined {
  if (given === undefined) return undefined;
  if (!isFields(given)) return resolveWindow(given, path, faults);
  const starts = given['starts'];
  if (given['kind'] !== 'shifts' || !isFields(starts) || Object.keys(starts).length === 0) {
    faults.add(
      path,
      `${show(given)} is no window; say '1 hour' or shifts({ early: '06:00', late: '18:00' })`,
    );
    return undefined;
  }
  const times = Object.entries(starts).map(([name, time]) => {
    const match = typeof time === 'string' ? CLOCK.exec(time) : null;
    if (match === null) faults.add(`${path}.${name}`, `${show(time)} is no time of day such as '06:00'`);
    return { name, minute: Number(match?.[1] ?? 0) * 60 + Number(match?.[2] ?? 0) };
  });
  const sorted = times.toSorted((a, b) => a.minute - b.minute);
  const twice = sorted.find((each, i) => each.minute === sorted[i - 1]?.minute);
  if (twice !== undefined && !faults.found)
    faults.add(`${path}.${twice.name}`, 'another shift starts at that time');
  return { unit: 'shift', starts: sorted };
}

/** Of what columns may say, only type, unit and description mean something here: the SQL says where values come from. */
function resolveColumns(given: unknown, { timeZone, path, faults }: Context): readonly ModelColumn[] {
  if (!isFields(given) || Object.keys(given).length === 0) {
    faults.add(`${path}.columns`, 'a model says what columns its SQL gives, such as { line: text() }');
    return [];
  }
  return Object.entries(given).flatMap(([name, definition]) => {
    const at = `${path}.columns.${name}`;
    if (Object.values(PARTITION_COLUMN).some((reserved) => reserved === name))
      faults.add(at, 'the name of the partition column; name it otherwise');
    const column = resolveColumn(name, definition, { levels: [], timeZone, path: at, faults });
    if (column === undefined) return [];
    const { type, unit, description } = column;
    return [{ name, type, unit, description }];
  });
}
