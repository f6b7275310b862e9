import { Command } from 'commander';
import { describeTables, type TableLine } from '../describe-tables.ts';
import { chooseFleets } from '../fleets.ts';
import { openExistingLake } from '../lake.ts';
import { addCommonOptions, type CommonOptions } from '../options.ts';
import { formatTable, printResult } from '../output.ts';

export function tablesCommand(): Command {
  return addCommonOptions(
    new Command('tables').description('every table: version, rows, files, bytes, last commit'),
  ).action(async (options: CommonOptions) => {
    const { fleets } = await chooseFleets(options);
    const tables = await describeTables(openExistingLake(options.dataDir), fleets);
    printResult(options.json ?? false, tables, formatTables(tables));
  });
}

export function formatTables(tables: readonly TableLine[]): string[] {
  const header = ['table', 'version', 'rows', 'files', 'bytes', 'last operation', 'last commit'];
  return formatTable(
    header,
    tables.map(({ table, version, rows, files, bytes, lastOperation, lastCommit }) => [
      table,
      ...[version, rows, files, bytes].map((figure) => figure.toLocaleString('en')),
      lastOperation ?? '',
      lastCommit ?? '',
    ]),
  );
}
