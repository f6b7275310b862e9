import { Command } from 'commander';
import { loadSnapshot, readCommits, recordCount } from '../../src/delta/index.ts';
import { lakePaths } from '../../src/fleet/index.ts';
import { prefixedStore } from '../../src/stores/object-store.ts';
import { chooseFleets } from '../fleets.ts';
import { openExistingLake } from '../lake.ts';
import { addCommonOptions, type CommonOptions } from '../options.ts';
import { formatTable, printResult } from '../output.ts';

type TableLine = {
  readonly table: string;
  readonly version: number;
  readonly rows: number;
  readonly files: number;
  readonly bytes: number;
  readonly lastOperation: string;
  readonly lastCommit: string;
};

export function tablesCommand(): Command {
  return addCommonOptions(
    new Command('tables').description('every table: version, rows, files, bytes, last commit'),
  ).action(async (options: CommonOptions) => {
    const { fleets } = await chooseFleets(options);
    const lake = openExistingLake(options.dataDir);
    const lines: TableLine[] = [];
    for (const table of lakePaths(fleets)) {
      const line = await describeTable(table, prefixedStore(lake, `${table}/`));
      if (line !== undefined) lines.push(line);
    }
    const cells = lines.map((line) => [
      line.table,
      String(line.version),
      line.rows.toLocaleString('en'),
      line.files.toLocaleString('en'),
      line.bytes.toLocaleString('en'),
      line.lastOperation,
      line.lastCommit,
    ]);
    const header = ['table', 'version', 'rows', 'files', 'bytes', 'last operation', 'last commit'];
    printResult(options.json ?? false, lines, formatTable(header, cells));
  });
}

async function describeTable(
  table: string,
  store: ReturnType<typeof prefixedStore>,
): Promise<TableLine | undefined> {
  const snapshot = await loadSnapshot(store);
  if (snapshot === undefined) return undefined;
  let info: { readonly operation?: string; readonly timestamp?: number } = {};
  for await (const { actions } of readCommits(store, snapshot.version, snapshot.version)) {
    for (const action of actions) if ('commitInfo' in action) info = action.commitInfo;
  }
  return {
    table,
    version: snapshot.version,
    rows: snapshot.files.reduce((sum, file) => sum + recordCount(file), 0),
    files: snapshot.files.length,
    bytes: snapshot.files.reduce((sum, file) => sum + file.size, 0),
    lastOperation: info.operation ?? '',
    lastCommit: info.timestamp === undefined ? '' : new Date(info.timestamp).toISOString(),
  };
}
