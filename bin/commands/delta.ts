import { Command, InvalidArgumentError } from 'commander';
import { writeCheckpoint } from '../../src/delta/checkpoint.ts';
import { cleanLog } from '../../src/delta/clean-log.ts';
import { type HistoryEntry, readHistory } from '../../src/delta/history.ts';
import { writeManifests } from '../../src/delta/manifests.ts';
import { optimize } from '../../src/delta/optimize.ts';
import { realDeps } from '../../src/delta/real-deps.ts';
import { loadSnapshot, loadTableState, type Snapshot } from '../../src/delta/snapshot.ts';
import { vacuum } from '../../src/delta/vacuum.ts';
import { UsageError } from '../../src/errors.ts';
import { describeTable, formatBytes, formatCount, formatDescription } from '../delta/describe.ts';
import {
  addLocation,
  explainMistakes,
  found,
  type Location,
  type LocationOptions,
  openLocation,
} from '../delta/location.ts';
import { printRows } from '../delta/print-rows.ts';
import { parseCount, parseDuration } from '../options.ts';
import { formatTable, printResult } from '../output.ts';
import { startProgressLine } from '../progress-line.ts';

type VersionOptions = LocationOptions & { readonly version?: number; readonly asOf?: number };

export function deltaCommand(): Command {
  return new Command('delta')
    .description('any Delta table, in a folder or in S3: look into it, look after it')
    .helpCommand(false)
    .addCommand(describeCommand())
    .addCommand(logCommand())
    .addCommand(catCommand())
    .addCommand(optimizeCommand())
    .addCommand(vacuumCommand())
    .addCommand(checkpointCommand())
    .addCommand(manifestCommand());
}

function describeCommand(): Command {
  return addVersion(new Command('describe').description('schema, files, protocol and log')).action(
    async (text: string, options: VersionOptions) => {
      const location = openLocation(text, options);
      const table = await describeTable(location, await loadVersion(location, options));
      printResult(options.json ?? false, table, formatDescription(table));
    },
  );
}

function logCommand(): Command {
  return addLocation(new Command('log').description('the latest commits, the newest first'))
    .option('--limit <n>', 'how many', parseCount, 20)
    .action(async (text: string, options: LocationOptions & { readonly limit: number }) => {
      const location = openLocation(text, options);
      found(await loadTableState(location.store), location);
      const entries: HistoryEntry[] = [];
      for await (const entry of readHistory(location.store)) {
        if (entries.push(entry) === options.limit) break;
      }
      printResult(options.json ?? false, entries, formatHistory(entries));
    });
}

function catCommand(): Command {
  return addVersion(new Command('cat').description('every row, a line of JSON each'))
    .option('--format <format>', 'ndjson, the one there is', parseFormat, 'ndjson')
    .option('--columns <names>', 'these columns only, as a,b,c', parseNames)
    .action(async (text: string, options: VersionOptions & { readonly columns?: readonly string[] }) => {
      const location = openLocation(text, options);
      const snapshot = await loadVersion(location, options);
      await explainMistakes(printRows(location.store, snapshot, options.columns));
    });
}

type OptimizeCommandOptions = LocationOptions & {
  readonly targetSize?: number;
  readonly sortBy?: readonly string[];
  readonly closedFor?: number;
  readonly dryRun?: true;
  readonly manifest?: true;
};

function optimizeCommand(): Command {
  return addLocation(new Command('optimize').description('puts small files together; no row changes'))
    .option(
      '--target-size <size>',
      'of a file, as 128MB; by default delta.targetFileSize, or 128MB',
      parseSize,
    )
    .option('--sort-by <names>', 'columns that the rows are ordered by, as a,b', parseNames)
    .option('--closed-for <time>', 'only partitions not written to for so long, as 1d', parseDuration)
    .option('--manifest', 'writes symlink manifests afterwards')
    .option('--dry-run', 'say what would be done')
    .action(async (text: string, options: OptimizeCommandOptions) => {
      const location = openLocation(text, options);
      const line = startProgressLine(() => `optimizing ${text}`);
      try {
        const { targetSize, sortBy, closedFor, dryRun } = options;
        const wish = {
          ...(targetSize === undefined ? {} : { targetBytes: targetSize }),
          ...(sortBy === undefined ? {} : { sortBy }),
          ...(closedFor === undefined ? {} : { closedFor }),
          ...(dryRun === undefined ? {} : { dryRun }),
        };
        const report = found(await explainMistakes(optimize(location.store, wish, realDeps)), location);
        if (options.manifest) await writeManifests(location.store, location.url, realDeps);
        line.stop();
        const before = `${formatCount(report.filesRemoved)} files (${formatBytes(report.bytesRemoved)})`;
        const after = `${formatCount(report.filesAdded)} (${formatBytes(report.bytesAdded)})`;
        printResult(options.json ?? false, report, [
          ...(report.filesRemoved === 0 ? ['there is nothing to do'] : []),
          ...(report.filesRemoved > 0 && dryRun ? [`${before} would be put together`] : []),
          ...(report.filesRemoved > 0 && !dryRun
            ? [`${before} became ${after}: ${formatCount(report.rows)} rows, version ${report.version}`]
            : []),
          ...(report.complete || dryRun ? [] : ['others wrote all the time: run it again for the rest']),
        ]);
      } finally {
        line.stop();
      }
    });
}

type VacuumCommandOptions = LocationOptions & {
  readonly retention?: number;
  readonly force?: true;
  readonly yes?: true;
};

function vacuumCommand(): Command {
  return addLocation(
    new Command('vacuum').description('says which files nothing refers to any more; --yes deletes them'),
  )
    .option('--retention <time>', 'how long files stay, as 7d; by default what the table says', parseDuration)
    .option('--force', 'take a retention that is shorter than the table’s')
    .option('--yes', 'delete: versions from before the retention can no longer be read then')
    .action(async (text: string, options: VacuumCommandOptions) => {
      const location = openLocation(text, options);
      const { retention, force = false } = options;
      const dryRun = options.yes === undefined;
      const wish = { ...(retention === undefined ? {} : { retention }), force, dryRun };
      const data = found(await vacuum(location.store, wish, realDeps), location);
      const log = found(await cleanLog(location.store, { dryRun }, realDeps), location);
      const would = dryRun ? 'would be deleted' : 'deleted';
      printResult(options.json ?? false, { data, log }, [
        ...(dryRun ? data.files.map(({ key }) => key) : []),
        `${formatCount(data.files.length)} data files (${formatBytes(data.bytes)}) and ` +
          `${formatCount(log.files.length)} files of the log ${would}`,
        ...(dryRun && data.files.length + log.files.length > 0 ? ['pass --yes to do it'] : []),
      ]);
    });
}

function checkpointCommand(): Command {
  return addLocation(
    new Command('checkpoint').description(
      'writes a checkpoint, so that readers need not read the log before it',
    ),
  ).action(async (text: string, options: LocationOptions) => {
    const location = openLocation(text, options);
    const { version } = found(await loadTableState(location.store), location);
    const written = (await writeCheckpoint(location.store, {}, realDeps)) ?? null;
    printResult(options.json ?? false, { version: written ?? version, written: written !== null }, [
      written === null ? `version ${version} has a checkpoint` : `checkpoint of version ${written} written`,
    ]);
  });
}

function manifestCommand(): Command {
  return addLocation(
    new Command('manifest').description('writes symlink manifests, for Redshift Spectrum'),
  ).action(async (text: string, options: LocationOptions) => {
    const location = openLocation(text, options);
    const work = writeManifests(location.store, location.url, realDeps);
    const report = found(await explainMistakes(work), location);
    printResult(options.json ?? false, report, [
      `${formatCount(report.manifests)} manifests of ${formatCount(report.files)} files written, ` +
        `${formatCount(report.removed)} removed: version ${report.version}`,
    ]);
  });
}

function addVersion(command: Command): Command {
  return addLocation(command)
    .option('--version <n>', 'as it was at that version', parseVersion)
    .option('--as-of <time>', 'as it stood then, as 2026-01-31T12:00:00Z', parseTime);
}

async function loadVersion(location: Location, { version, asOf }: VersionOptions): Promise<Snapshot> {
  if (version !== undefined && asOf !== undefined)
    throw new UsageError('--version and --as-of say two things: give one of them');
  const of = { ...(version === undefined ? {} : { version }), ...(asOf === undefined ? {} : { asOf }) };
  return found(await explainMistakes(loadSnapshot(location.store, of)), location);
}

function formatHistory(entries: readonly HistoryEntry[]): string[] {
  const header = ['version', 'time', 'operation', 'rows', 'files', 'removed', 'by'];
  return formatTable(
    header,
    entries.map(({ version, timestamp, operation, operationMetrics = {}, engineInfo }) => [
      formatCount(version),
      timestamp === undefined ? '' : new Date(timestamp).toISOString(),
      operation ?? '',
      operationMetrics['numOutputRows'] ?? '',
      operationMetrics['numFiles'] ?? operationMetrics['numAddedFiles'] ?? '',
      operationMetrics['numRemovedFiles'] ?? '',
      engineInfo ?? '',
    ]),
  );
}

function parseFormat(text: string): string {
  if (text !== 'ndjson') throw new InvalidArgumentError('there is ndjson and no other.');
  return text;
}

function parseNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('give names of columns as a,b,c.');
  return names;
}

function parseVersion(text: string): number {
  const version = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(version))
    throw new InvalidArgumentError('give a whole number from 0 on.');
  return version;
}

function parseTime(text: string): number {
  const isWhole = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const at = isWhole ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError('give a time with its zone, as 2026-01-31T12:00:00Z.');
  return at;
}

function parseSize(text: string): number {
  const match = /^(\d+) ?(k|m|g)?b?$/i.exec(text);
  const bytes = Number(match?.[1]) * 2 ** (10 * 'bkmg'.indexOf((match?.[2] ?? 'b').toLowerCase()));
  if (!(bytes > 0)) throw new InvalidArgumentError('give a size as 128MB.');
  return bytes;
}
