import { Command, Option } from 'commander';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { STAGE_NAMES, type StageName } from '../../lib/stage-names.ts';
import { loadFleets } from '../../local/load-fleets.ts';
import { UsageError } from '../../src/errors.ts';
import { selectFleets } from '../../src/fleet/index.ts';
import { printResult } from '../output.ts';

type GrafanaOptions = {
  readonly out: string;
  readonly fleets?: string;
  readonly fleet?: string;
  readonly stage: StageName;
  readonly json?: true;
};

export function grafanaCommand(): Command {
  return new Command('grafana')
    .description('writes a Grafana dashboard for each fleet, of the tiles in its definition, over Athena')
    .requiredOption('--out <folder>', 'where the dashboards go, a JSON file each')
    .option('--fleet <name>', 'only this fleet')
    .option('--fleets <path>', 'a module or folder of fleet definitions instead of the shipped ones')
    .addOption(
      new Option('--stage <name>', 'whose tables they show').choices(STAGE_NAMES).default(STAGE_NAMES[0]),
    )
    .option('--json', 'print one JSON value for machines')
    .action(async ({ out, fleets: path, fleet, stage, json }: GrafanaOptions) => {
      // Grafana's builders are loaded where they are needed: no other command waits for them
      const { fleetDashboard } = await import('../grafana/dashboard.ts');
      const fleets = selectFleets(await loadFleets(path), fleet).filter(({ tiles }) => tiles.length > 0);
      if (fleets.length === 0) {
        throw new UsageError(
          'no tiles, no dashboards: give a fleet tiles (docs/fleet-definition.md, "Tiles")',
        );
      }
      const dashboards = fleets.map((each) => fleetDashboard(each, stage));
      const folder = resolve(out);
      const files: string[] = [];
      await openFolder(folder);
      for (const dashboard of dashboards) {
        const file = join(folder, `${dashboard.uid}.json`);
        await writeFile(file, `${JSON.stringify(dashboard, null, 2)}\n`);
        files.push(file);
      }
      printResult(json ?? false, { stage, files }, files);
    });
}

async function openFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`--out ${folder} is no folder that can be written: ${why}`, { cause });
  }
}
