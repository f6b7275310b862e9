import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { loadFleets } from '../../../local/load-fleets.ts';
import { canonicalText, canonicalValue } from '../../../src/columns/canonical.ts';
import type { ColumnBatch } from '../../../src/columns/column.ts';
import { realDeps } from '../../../src/delta/real-deps.ts';
import { prepareLake } from '../../../src/ingest/prepare-lake.ts';
import { loadLakeTables } from '../../../src/lake/lake-tables.ts';
import { createAthenaEngine } from '../../../src/sql/athena.ts';
import { createDuckDbEngine } from '../../../src/sql/duckdb.ts';
import { createFolderStore } from '../../../src/stores/folder-store.ts';
import { contractOfValues, SQL_OF_VALUES } from '../../contracts/sql-values.ts';
import { startAthenaServer } from '../../support/athena-server.ts';
import { drawSeed } from '../../support/seed.ts';
import type { Check } from '../check.ts';
import { compareRows, type Rows } from '../compare-rows.ts';
import { type GlueCatalog, readGlueCatalog } from '../glue-catalog.ts';
import { REPO } from '../places.ts';
import { runCommand } from '../run-command.ts';
import { useTrino } from '../running.ts';
import { askAsAthena } from '../trino/as-athena.ts';
import { queryTrino } from '../trino/query.ts';
import { withEnvironment } from '../with-environment.ts';

/** As Athena is found: its API, with Trino behind it. */
const ACCOUNT = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

/**
 * Every view of the deployed catalog and every saved query, as its template has them, and the data tests, over a lake that a
 * run of all fleets wrote: what Trino answers, through the API that the command line asks Athena by, is what DuckDB answers.
 */
export const trinoCatalog: Check = {
  name: 'Trino answers the views and saved queries of the catalog as DuckDB does',
  needs: ['trino'],
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-catalog-'));
    const { endpoint } = await useTrino();
    const catalog = await readGlueCatalog();
    const athena = await startAthenaServer({
      ask: (sql, database) => askAsAthena(endpoint, sql, database),
      polls: 0,
    });
    try {
      await withEnvironment({ ...ACCOUNT, AWS_ENDPOINT_URL_ATHENA: athena.endpoint }, async () => {
        const dataDir = join(folder, 'data');
        await runAllFleets(dataDir);
        // as a deployment does: the catalog lists tables that nobody has written to
        await prepareLake(createFolderStore(join(dataDir, 'lake')), await loadFleets(), realDeps);
        await register(endpoint, catalog, join(dataDir, 'lake'));
        await assertTypes(endpoint, catalog);
        await compareAnswers(catalog, join(dataDir, 'lake'), folder);
        await compareCommands(dataDir);
      });
    } finally {
      await athena.close();
      await rm(folder, { recursive: true });
    }
  },
};

async function runAllFleets(dataDir: string): Promise<void> {
  const seed = String(drawSeed('devices of the catalog'));
  const run = ['start', '--for', '8s', '--rate', '400', '--faults', 'all', '--seed', seed];
  await runTributary(...run, '--data-dir', dataDir, '--mqtt-port', '0', '--json');
}

/** Makes the catalog's tables, at the places that it says, and its views known to Trino. */
async function register(
  endpoint: string,
  { database, tables, views }: GlueCatalog,
  lake: string,
): Promise<void> {
  await queryTrino(endpoint, `CREATE SCHEMA delta.${database}`);
  for (const { name, path } of tables) {
    const call = `schema_name => '${database}', table_name => '${name}', table_location => 'local://${lake}/${path}'`;
    await queryTrino(endpoint, `CALL delta.system.register_table(${call})`);
  }
  for (const { name, sql } of views)
    await queryTrino(endpoint, `CREATE VIEW delta.${database}.${name} AS ${sql}`, database);
}

/** Athena calls a view stale whose columns are not what its definition says. */
async function assertTypes(endpoint: string, { database, views }: GlueCatalog): Promise<void> {
  const given = await queryTrino(
    endpoint,
    `SELECT table_name, column_name, data_type FROM delta.information_schema.columns WHERE table_schema = '${database}' ORDER BY ordinal_position`,
  );
  const byName = Map.groupBy(given, ([name]) => name);
  for (const { name, columns } of views) {
    const found = byName.get(name)?.map(([, column, type]) => ({ name: column, type }));
    if (!isDeepStrictEqual(found, columns))
      throw new Error(`${name} says ${JSON.stringify(columns)}, and gives ${JSON.stringify(found)}`);
  }
}

async function compareAnswers(catalog: GlueCatalog, lake: string, folder: string): Promise<void> {
  const fleets = await loadFleets();
  const duckDb = createDuckDbEngine({ stagingDirectory: join(folder, 'staging') });
  const athena = createAthenaEngine({ workgroup: 'tributary-prod', database: catalog.database });
  const ask = async (name: string, sql: string) => {
    const tables = await loadLakeTables(createFolderStore(lake), fleets, { mentionedIn: sql });
    const [ours, theirs] = [await duckDb.query({ sql, ...tables }), await athena.query({ sql })];
    assertSameTypes(name, ours, theirs);
    return { ours: rowsOf(ours), theirs: rowsOf(theirs) };
  };
  const questions = [
    ...catalog.views.map(({ name }) => ({ name, sql: `SELECT * FROM ${name}` })),
    ...catalog.queries,
  ];
  try {
    const { expected, found } = contractOfValues(await athena.query({ sql: SQL_OF_VALUES }));
    if (!isDeepStrictEqual(found, expected))
      throw new Error(`values are ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`);
    let rows = 0;
    let empty = 0;
    for (const { name, sql } of questions) {
      const [limit, most = Infinity] = /\nlimit (\d+)$/.exec(sql) ?? [''];
      let answer = await ask(name, sql);
      // which rows are the first of those that sort alike is up to the engine: all of them are compared then
      if (answer.ours.length === Number(most)) {
        if (answer.theirs.length !== answer.ours.length)
          throw new Error(`${name}: Trino gives ${answer.theirs.length} rows of at most ${most}`);
        answer = await ask(name, sql.slice(0, -limit.length));
      }
      compareRows(name, answer.ours, answer.theirs);
      rows += answer.ours.length;
      if (answer.ours.length === 0) empty++;
    }
    console.log(`${questions.length} questions, ${rows} rows in all, ${empty} without any`);
    if (empty > questions.length / 4) throw new Error('too many questions have no rows: this shows little');
  } finally {
    await Promise.all([duckDb.close(), athena.close()]);
  }
}

/** Views of current rows have their times without a zone in Athena, whose catalog has no other. */
function assertSameTypes(name: string, ours: ColumnBatch, theirs: ColumnBatch): void {
  const typesOf = ({ schema }: ColumnBatch) =>
    schema.fields.map((field) => [
      field.name,
      name.endsWith('_current') && field.type === 'timestamp_ntz' ? 'timestamp' : field.type,
    ]);
  if (!isDeepStrictEqual(typesOf(ours), typesOf(theirs)))
    throw new Error(
      `${name}: DuckDB gives ${JSON.stringify(typesOf(ours))}, Trino ${JSON.stringify(typesOf(theirs))}`,
    );
}

function rowsOf({ schema, length, columns }: ColumnBatch): Rows {
  return Array.from({ length }, (_, row) =>
    columns.map((column, i) => {
      const value = canonicalValue(column, row);
      if (value === undefined || typeof value === 'number') return value;
      const { type } = schema.fields[i]!;
      return canonicalText(type === 'timestamp_ntz' ? 'timestamp' : type, value);
    }),
  );
}

/** What is typed gives the same text, whoever is asked. */
async function compareCommands(dataDir: string): Promise<void> {
  const asked = [
    ['sql', 'select * from weather_daily_utc order by window_start, location'],
    ['sql', 'select reason, count(*) as n from quarantine group by reason order by reason'],
    ['test-data'],
  ];
  for (const args of asked) {
    const own = [...args, '--data-dir', dataDir, '--json'];
    const [here, there] = [
      await runTributary(...own),
      await runTributary(...own, '--athena', '--stage', 'prod'),
    ];
    // how long ago the newest row was depends on when it is asked
    const withoutAges = (text: string) => text.replaceAll(/, \d[\d,]* minutes ago/g, '');
    if (withoutAges(here) !== withoutAges(there))
      throw new Error(`${args.join(' ')}: DuckDB says ${here}, Athena's place ${there}`);
  }
}

/** Runs it to its end; a data test that is violated ends it with 1. */
async function runTributary(...args: readonly string[]): Promise<string> {
  const { code, output } = await runCommand(process.execPath, [join(REPO, 'bin/tributary.mjs'), ...args]);
  if (code === 0 || (code === 1 && args[0] === 'test-data')) return output;
  throw new Error(`${args.join(' ')} ended with ${code}:\n${output}`);
}
