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
        const result = await (stage === undefined
          ? askLake({ sql, signal }, options)
          : askAthena({ sql, signal }, stage));
        process.stdout.write(printRows(result, options.json ? 'json' : (options.format ?? 'table')));
      }),
    );
}

type SqlOptions = CommonOptions & AthenaChoice & { readonly format?: Format };

async function askLake(query: SqlQuery, options: CommonOptions): Promise<ColumnBatch> {
  const { fleets } = await chooseFleets(options);
  const lake = openExistingLake(options.dataDir);
  const engine = createDuckDbEngine({ stagingDirectory: join(tmpdir(), 'tributary-staging') });
  try {
    const { tables, views } = await loadLakeTables(lake, fleets, { mentionedIn: query.sql });
    return await engine.query({ ...query, tables, views });
  } finally {
    await engine.close();
  }
}

async function askAthena(query: SqlQuery, stage: StageName): Promise<ColumnBatch> {
  const engine = await openAthena(stage);
  try {
    return await engine.query(query);
  } finally {
    await engine.close();
  }
}

function parseFormat(text: string): Format {
  const format = FORMATS.find((each) => each === text);
  if (format === undefined) throw new InvalidArgumentError(`give one of ${FORMATS.join(', ')}.`);
  return format;
}

function printRows(result: ColumnBatch, format: Format): string {
  const header = result.schema.fields.map((field) => field.name);
  switch (format) {
    case 'json':
      return `[${Array.from(ndjsonRows(result)).join(',\n')}]\n`;
    case 'csv':
      return [header, ...textRows(result)].map((cells) => `${csvLine(cells)}\n`).join('');
    case 'table': {
      const count = `${result.length.toLocaleString('en')} ${result.length === 1 ? 'row' : 'rows'}`;
      const rows = Array.from(textRows(result), (cells) => cells.map((cell) => cell ?? ''));
      return [...formatTable(header, rows), count].map((line) => `${line}\n`).join('');
    }
  }
}
