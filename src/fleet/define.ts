import { createFaults, type Faults, type Fields, isFields, refuseUnknownKeys, show } from './faults.ts';
import type {
  FleetDefinition,
  ModelDefinitions,
  RollupDefinitions,
  TableDefinitions,
} from './fleet-definition.ts';
import type { Fleet, Model, Rollup, Table } from './model.ts';
import { describeBadName } from './name-rules.ts';
import { currentViewName, QUARANTINE_PATH, sqlName, utcViewName } from './names.ts';
import { readOptions } from './options.ts';
import { resolveModel } from './resolve-model.ts';
import { resolveRollup } from './resolve-rollup.ts';
import { resolveSimulation } from './resolve-simulation.ts';
import { resolveTable } from './resolve-table.ts';
import { resolveTests } from './resolve-tests.ts';
import { resolveTiles } from './resolve-tiles.ts';
import { sourceSchemas } from './source-schemas.ts';
import { isTimeZone } from './time-zone.ts';

const OPTIONS = [
  'name',
  'timeZone',
  'batchWindow',
  'tables',
  'rollups',
  'models',
  'tests',
  'tiles',
  'simulation',
];

const MINUTE = 60_000;
/** Lambda's longest batching window. */
const MAX_BATCH_WINDOW = 5 * MINUTE;

/**
 * A fleet: its tables, rollups, models, data tests, tiles and how its devices behave, checked as a whole and with every default filled in.
 * Throws a `DefinitionError` that knows every fault by its path.
 */
export function defineFleet<
  const Tables extends TableDefinitions,
  const Rollups extends RollupDefinitions = {},
  const Models extends ModelDefinitions = {},
>(definition: FleetDefinition<Tables, Rollups, Models>): Fleet {
  const faults = createFaults();
  const fleet = resolveFleet(definition, faults);
  faults.raise();
  return fleet;
}

function resolveFleet(given: unknown, faults: Faults): Fleet {
  const definition: Fields = isFields(given) ? given : {};
  const root =
    typeof definition['name'] === 'string' && definition['name'] !== '' ? definition['name'] : 'fleet';
  refuseUnknownKeys(definition, OPTIONS, root, faults);
  const options = readOptions(definition, root, faults);
  const name = options.text('name') ?? '';
  const nameFault = name === QUARANTINE_PATH ? `${name} is the lake's own table` : describeBadName(name);
  if (nameFault !== undefined) faults.add(`${root}.name`, `${show(definition['name'])}: ${nameFault}`);
  const timeZone = options.text('timeZone') ?? 'UTC';
  if (!isTimeZone(timeZone)) {
    faults.add(
      `${root}.timeZone`,
      `no time zone ${show(timeZone)}; say an IANA name such as 'Europe/Berlin'`,
    );
  }
  const batchWindow = options.duration('batchWindow') ?? MINUTE;
  if (batchWindow > MAX_BATCH_WINDOW || batchWindow % 1000 !== 0) {
    faults.add(
      `${root}.batchWindow`,
      `${show(definition['batchWindow'])}: whole seconds, five minutes at most`,
    );
  }

  const tables: Record<string, Table> = {};
  for (const [key, each] of entriesOf(definition['tables'], `${root}.tables`, faults)) {
    const table = resolveTable({ fleet: name, timeZone }, key, each, {
      path: `${root}.tables.${key}`,
      faults,
    });
    if (table !== undefined) tables[key] = table;
  }
  if (isFields(definition['tables']) && Object.keys(definition['tables']).length === 0) {
    faults.add(`${root}.tables`, 'a fleet needs a table at least');
  }
  const rollups: Record<string, Rollup> = {};
  for (const [key, each] of entriesOf(definition['rollups'] ?? {}, `${root}.rollups`, faults)) {
    const context = { fleet: name, timeZone, tables, path: `${root}.rollups.${key}`, faults };
    const rollup = resolveRollup(key, each, context);
    if (rollup !== undefined) rollups[key] = rollup;
  }
  const models: Record<string, Model> = {};
  for (const [key, each] of entriesOf(definition['models'] ?? {}, `${root}.models`, faults)) {
    const model = resolveModel(key, each, { fleet: name, timeZone, path: `${root}.models.${key}`, faults });
    if (model !== undefined) models[key] = model;
  }
  refuseSameNames(name, root, definition, faults);
  const fleet: Fleet = {
    name,
    timeZone,
    batchWindow,
    tables,
    rollups,
    models,
    tests: [],
    tiles: [],
    simulation: resolveSimulation(definition['simulation'], `${root}.simulation`, faults),
  };
  // tiles and tests speak of what tables, rollups and models give: that has to be right first
  if (faults.found) return fleet;
  const schemas = sourceSchemas(fleet);
  const tests = resolveTests(definition['tests'], { fleet, schemas, path: `${root}.tests`, faults });
  const tiles = resolveTiles(definition['tiles'], { schemas, path: `${root}.tiles`, faults });
  return { ...fleet, tests, tiles };
}

function entriesOf(given: unknown, path: string, faults: Faults): [string, unknown][] {
  if (!isFields(given)) {
    faults.add(path, `${show(given)} is no object of definitions by name`);
    return [];
  }
  const entries = Object.entries(given);
  for (const [key] of entries) {
    const fault = describeBadName(key);
    if (fault !== undefined) faults.add(`${path}.${key}`, fault);
  }
  return entries;
}

/** Tables, rollups, models and the views of them (`_current`, `_utc`) share one space of names in SQL. */
function refuseSameNames(fleet: string, root: string, definition: Fields, faults: Faults): void {
  const { tables, rollups, models } = definition;
  const taken = new Map<string, string>();
  const claim = (name: string, what: string, path: string) => {
    const owner = taken.get(name);
    if (owner !== undefined) faults.add(path, `${name} is the name of ${owner} already`);
    taken.set(name, what);
    return owner === undefined;
  };
  const claimTable = (name: string, what: string, path: string) => {
    const free = claim(sqlName(fleet, name), what, path);
    // of two tables with one name the views have one name too: said once
    if (free) claim(utcViewName(sqlName(fleet, name)), `${what}'s view in UTC`, path);
  };
  for (const table of isFields(tables) ? Object.keys(tables) : []) {
    const path = `${root}.tables.${table}`;
    claimTable(table, `table ${table}`, path);
    claim(currentViewName(fleet, table), `table ${table}'s view of current rows`, path);
  }
  for (const rollup of isFields(rollups) ? Object.keys(rollups) : []) {
    claimTable(rollup, `rollup ${rollup}`, `${root}.rollups.${rollup}`);
  }
  for (const model of isFields(models) ? Object.keys(models) : []) {
    claimTable(model, `model ${model}`, `${root}.models.${model}`);
  }
}
