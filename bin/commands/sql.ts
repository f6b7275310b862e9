import { Command, InvalidArgumentError } from 'commander';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csvLine, ndjsonRows, textRows } from '../../src/columns/canonical.ts';
import type { ColumnBatch } from '../../src/columns/column.ts';
import type { StageName } from '../../lib/stage-names.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import type { SqlQuery } from '../../src/sql/sql-engine.ts';
import { loadLakeTables } from '../../src/lake/lake-tables.ts';
import { type AthenaChoice, athenaOption, deployedStage, openAthena, stageOption } from '../athena.ts';
import { chooseFleets } from '../fleets.ts';
import { openExistingLake } from '../lake.ts';
import { addCommonOptions, type CommonOptions } from '../options.ts';
import { formatTable } from '../output.ts';
import { startProgressLine } from '../progress-line.ts';
import { untilInterrupted } from '../signals.ts';

const FORMATS = ['table', 'csv', 'json'] as const;
type Format = (typeof FORMATS)[number];

export function sqlCommand(): Command {
  return addCommonOptions(
    new Command('sql').description('SQL over the lake: DuckDB here, Athena over a deployed one'),
  )
    .argument('<query>', 'one SELECT')
    .option('--format <format>', FORMATS.join(', '), parseFormat)
    .addOption(athenaOption())
    .addOption(stageOption())
    .action((sql: string, options: SqlOptions) =>
      untilInterrupted(async (signal) => {
        const stage = deployedStage(options);
        const answer = await (stage === undefined
          ? askLake({ sql, signal }, options)
          : askAthena({ sql, signal }, stage));
        process.stdout.write(printRows(answer, options.json ? 'json' : (options.format ?? 'table')));
      }),
    );
}

type SqlOptions = CommonOptions & AthenaChoice & { readonly format?: Format };

/** `read`: bytes, where they are charged for */
type Answer = { readonly result: ColumnBatch; readonly read?: number };

async function askLake(query: SqlQuery, options: CommonOptions): Promise<Answer> {
  const { fleets } = await chooseFleets(options);
  const lake = openExistingLake(options.dataDir);
  const engine = createDuckDbEngine({ stagingDirectory: join(tmpdir(), 'tributary-staging') });
  try {
    const { tables, views } = await loadLakeTables(lake, fleets, { mentionedIn: query.sql });
    return { result: await engine.query({ ...query, tables, views }) };
  } finally {
    await engine.close();
  }
}

async function askAthena(query: SqlQuery, stage: StageName): Promise<Answer> {
  let read = 0;
  const engine = await openAthena(stage, (bytes) => (read = bytes));
  const progress = startProgressLine(() => `Athena is at work, ${megabytes(read)} read`);
  try {
    return { result: await engine.query(query), read };
  } finally {
    progress.stop();
    await engine.close();
  }
}

function parseFormat(text: string): Format {
  const format = FORMATS.find((each) => each === text);
  if (format === undefined) throw new InvalidArgumentError(`give one of ${FORMATS.join(', ')}.`);
  return format;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })} MB`;
}

function printRows({ result, read }: Answer, format: Format): string {
  const header = result.schema.fields.map((field) => field.name);
  switch (format) {
    case 'json':
      return `[${Array.from(ndjsonRows(result)).join(',\n')}]\n`;
    case 'csv':
      return [header, ...textRows(result)].map((cells) => `${csvLine(cells)}\n`).join('');
    case 'table': {
      const count = `${result.length.toLocaleString('en')} ${result.length === 1 ? 'row' : 'rows'}`;
      const rows = Array.from(textRows(result), (cells) => cells.map((cell) => cell ?? ''));
      const summary = read === undefined ? count : `${count}, ${megabytes(read)} read`;
      return [...formatTable(header, rows), summary].map((line) => `${line}\n`).join('');
    }
  }
}
