import { Command } from 'commander';
import { lakeFolder } from '../../local/data-dir.ts';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import { realDeps } from '../../src/delta/real-deps.ts';
import { tableSchema } from '../../src/fleet/index.ts';
import { createLake } from '../../src/ingest/lake.ts';
import { redecodeTable } from '../../src/ingest/redecode.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { chooseFleets, findFleet, findTable } from '../fleets.ts';
import { openExistingLake } from '../lake.ts';
import { addCommonOptions, type CommonOptions } from '../options.ts';
import { printResult } from '../output.ts';

type RedecodeOptions = CommonOptions & { readonly fleet: string; readonly table?: string };

export function redecodeCommand(): Command {
  return addCommonOptions(
    new Command('redecode').description('rebuilds a table from the payloads that it kept'),
  )
    .requiredOption('--fleet <name>', 'whose table')
    .option('--table <name>', 'the fleet’s only table by default')
    .action(async (options: RedecodeOptions) => {
      const { fleets } = await chooseFleets(options);
      const table = findTable(findFleet(fleets, options.fleet), options.table);
      openExistingLake(options.dataDir);
      const lake = createLake(createFolderStore(lakeFolder(options.dataDir)), realDeps);
      const report = await redecodeTable(table, {
        lake,
        decoder: createTableDecoder(table, tableSchema(table)),
      });
      printResult(options.json ?? false, { table: `${table.fleet}/${table.name}`, ...report }, [
        `${report.messages} messages of ${table.fleet}/${table.name} decoded anew: ${report.rows} rows, ` +
          `${report.quarantined} messages to the quarantine, ${report.untouched} rows without kept bytes left as they were`,
      ]);
    });
}
