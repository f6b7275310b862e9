import { Command, InvalidArgumentError } from 'commander';
import { listForMachines, messageForMachines, parseOrigin } from '../../local/quarantine-json.ts';
import { realDeps } from '../../src/delta/real-deps.ts';
import { UsageError } from '../../src/errors.ts';
import { QUARANTINE_PATH, sqlName, tablePath } from '../../src/fleet/index.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { discardQuarantine } from '../../src/ingest/discard-quarantine.ts';
import { createIngestDeps } from '../../src/ingest/ingest-deps.ts';
import { createLake } from '../../src/ingest/lake.ts';
import { findQuarantined, listQuarantine } from '../../src/ingest/list-quarantine.ts';
import type { QuarantineSelection } from '../../src/ingest/quarantine-rows.ts';
import { type QuarantineReplay, replayQuarantine } from '../../src/ingest/replay-quarantine.ts';
import { prefixedStore } from '../../src/stores/object-store.ts';
import { chooseFleets } from '../fleets.ts';
import { openExistingLake } from '../lake.ts';
import { addCommonOptions, type CommonOptions, parseCount, parseDuration } from '../options.ts';
import { printResult } from '../output.ts';
import { startProgressLine } from '../progress-line.ts';
import { listForPeople, messageForPeople } from '../quarantine-report.ts';

type SelectionOptions = CommonOptions & {
  readonly reason?: string;
  readonly table?: string;
  readonly since?: number;
  readonly limit?: number;
};

export function quarantineCommand(): Command {
  return new Command('quarantine')
    .description('what could not become rows: look at it, try it again, do without it')
    .helpCommand(false)
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(replayCommand())
    .addCommand(discardCommand());
}

function listCommand(): Command {
  return addSelection(new Command('list').description('counts by reason and table, and the latest messages'))
    .option('--limit <n>', 'how many of the latest messages', parseCount, 20)
    .action(async (options: SelectionOptions & { readonly limit: number }) => {
      const { fleets } = await chooseFleets(options);
      const list = await listQuarantine(openQuarantine(options), selectionOf(options, fleets), options.limit);
      printResult(options.json ?? false, listForMachines(list), listForPeople(list));
    });
}

function showCommand(): Command {
  return addCommonOptions(new Command('show').description('one message: why it failed, and its bytes'))
    .argument('<origin>', 'as list prints it')
    .action(async (text: string, options: CommonOptions) => {
      const rows = await findQuarantined(openQuarantine(options), parseOrigin(text));
      if (rows.length === 0) throw new UsageError(`the quarantine holds no message of origin ${text}`);
      printResult(options.json ?? false, rows.map(messageForMachines), rows.flatMap(messageForPeople));
    });
}

function replayCommand(): Command {
  return addSelection(new Command('replay').description('tries what is open under today’s definitions'))
    .option('--limit <n>', 'no more messages than these', parseCount)
    .action(async (options: SelectionOptions) => {
      const { fleets } = await chooseFleets(options);
      const deps = createIngestDeps(createLake(openExistingLake(options.dataDir), realDeps), fleets);
      let tried: QuarantineReplay | undefined;
      const line = startProgressLine(() => `${tried?.messages ?? 0} messages tried`);
      try {
        const report = await replayQuarantine(
          { ...selectionOf(options, fleets), limit: options.limit },
          deps,
          (soFar) => (tried = soFar),
        );
        line.stop();
        printResult(options.json ?? false, report, [
          `${report.messages} messages tried: ${report.rows} readings became rows, ` +
            `${report.resolved} messages are resolved, ${report.failing} still fail`,
        ]);
      } finally {
        line.stop();
      }
    });
}

function discardCommand(): Command {
  return addSelection(new Command('discard').description('marks what is open as done without'))
    .option('--limit <n>', 'no more messages than these', parseCount)
    .option('--yes', 'do it: what is discarded is tried no more')
    .action(async (options: SelectionOptions & { readonly yes?: true }) => {
      const { fleets } = await chooseFleets(options);
      const selection = selectionOf(options, fleets);
      if (options.yes === undefined) {
        const { open } = await listQuarantine(openQuarantine(options), selection, 1);
        throw new UsageError(`${open} open messages match: pass --yes to discard them`);
      }
      const deps = createIngestDeps(createLake(openExistingLake(options.dataDir), realDeps), fleets);
      const discarded = await discardQuarantine({ ...selection, limit: options.limit }, deps);
      printResult(options.json ?? false, { discarded }, [`${discarded} messages discarded`]);
    });
}

function addSelection(command: Command): Command {
  return addCommonOptions(command)
    .option('--reason <code>', 'messages with a failure of this reason, as out-of-range')
    .option('--table <name>', 'messages that concern this table, as weather/observations')
    .option('--since <time>', 'arrived since then: an ISO time, or as 2h for so long ago', parseSince);
}

function selectionOf(options: SelectionOptions, fleets: readonly Fleet[]): QuarantineSelection {
  const { reason, since, table } = options;
  return { reason, since, table: table === undefined ? undefined : findPath(table, fleets) };
}

/** By its path or its name in SQL. A table that no fleet has any more may still stand in the quarantine. */
function findPath(name: string, fleets: readonly Fleet[]): string {
  const tables = fleets.flatMap((fleet) =>
    Object.keys(fleet.tables).map((table) => [fleet.name, table] as const),
  );
  const found = tables.find(([fleet, table]) =>
    [tablePath(fleet, table), sqlName(fleet, table)].includes(name),
  );
  if (found !== undefined) return tablePath(...found);
  if (name.includes('/')) return name;
  const known = tables.map(([fleet, table]) => tablePath(fleet, table)).join(', ');
  throw new UsageError(`no table ${JSON.stringify(name)}; there are ${known}`);
}

function openQuarantine({ dataDir }: CommonOptions) {
  return prefixedStore(openExistingLake(dataDir), `${QUARANTINE_PATH}/`);
}

function parseSince(text: string): number {
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(text)) return Date.now() - parseDuration(text);
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError('give a time as 2026-01-31T12:00:00Z, or as 2h for so long ago.');
  return at;
}
