import { checkName } from './check-name.ts';
import { isNumeric } from './check-table.ts';
import type { Faults } from './definition-error.ts';
import type { Measure, Rollup, Table, Window } from './model.ts';

/** Columns that every rollup has beside its own. */
const OWN_COLUMNS = ['window_start', 'window_end', 'as_of', 'final'];

/** How many of a unit make the next one up: a window has to divide it, or windows would straddle midnight or the hour. */
const PER_NEXT: Readonly<Record<Window['unit'], number>> = {
  second: 60,
  minute: 60,
  hour: 24,
  day: 1,
  week: 1,
  month: 12,
};

export function checkRollup(
  path: string,
  rollup: Rollup,
  tables: Readonly<Record<string, Table>>,
  faults: Faults,
): void {
  const { every } = rollup;
  if (PER_NEXT[every.unit] % every.count !== 0) {
    faults(
      `${path}.every`,
      `${every.count} ${every.unit}s do not divide ${PER_NEXT[every.unit]} ${every.unit}s: windows would drift`,
    );
  }
  const measures = Object.entries(rollup.measures);
  if (measures.length === 0) faults(`${path}.measures`, 'a rollup needs at least one measure');
  for (const [name] of measures) {
    checkName(`${path}.measures.${name}`, name, faults);
    if (OWN_COLUMNS.includes(name) || rollup.by.includes(name))
      faults(`${path}.measures.${name}`, 'the rollup has a column of this name already');
  }
  rollup.by.forEach((name, i) => {
    if (OWN_COLUMNS.includes(name)) faults(`${path}.by[${i}]`, `every rollup has its own column ${name}`);
    if (rollup.by.indexOf(name) < i) faults(`${path}.by[${i}]`, `${JSON.stringify(name)} stands twice`);
  });
  const source = tables[rollup.source];
  if (source === undefined) {
    faults(path, `no table ${JSON.stringify(rollup.source)}; tables are ${Object.keys(tables).join(', ')}`);
    return;
  }
  rollup.by.forEach((name, i) => findColumn(source, name, `${path}.by[${i}]`, faults));
  for (const [name, measure] of measures) checkMeasure(`${path}.measures.${name}`, measure, source, faults);
}

function checkMeasure(path: string, measure: Measure, source: Table, faults: Faults): void {
  if (measure.kind === 'count') return;
  const column = findColumn(source, measure.column, path, faults);
  if (column === undefined) return;
  if (['sum', 'avg', 'stddev'].includes(measure.kind) && !isNumeric(column)) {
    faults(path, `${measure.kind} is for numbers, column ${column.name} is ${column.type}`);
  }
  if (!['first', 'last'].includes(measure.kind) && ['binary', 'boolean'].includes(column.type)) {
    faults(path, `${measure.kind} needs an order, column ${column.name} is ${column.type}`);
  }
}

function findColumn(source: Table, name: string, path: string, faults: Faults) {
  const column = source.columns.find((each) => each.name === name);
  if (column === undefined) {
    faults(
      path,
      `table ${source.name} has no column ${JSON.stringify(name)}; columns are ${source.columns.map((each) => each.name).join(', ')}`,
    );
  }
  return column;
}
