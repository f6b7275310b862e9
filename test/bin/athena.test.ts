import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { AthenaEnd, startAthenaServer } from '../support/athena-server.ts';
import { runCli, startCli, temporaryPath } from '../support/cli.ts';

const ANSWER = {
  kind: 'DML',
  columns: [
    { Name: 'at', Type: 'timestamp with time zone' },
    { Name: 'place', Type: 'varchar' },
    { Name: 'n', Type: 'bigint' },
  ],
  rows: [
    ['2025-06-01 12:00:00.000 UTC', 'a, b', '9007199254740993'],
    ['2025-06-01 12:00:00.000 UTC', '', null],
  ],
} as const;

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  return () => vi.unstubAllEnvs();
});

/** The command line finds it by its environment, which is this process's. */
async function serve(options: Parameters<typeof startAthenaServer>[0]) {
  const server = await startAthenaServer(options);
  onTestFinished(() => server.close());
  vi.stubEnv('AWS_ENDPOINT_URL_ATHENA', server.endpoint);
  return server;
}

describe('npm run sql -- --athena', () => {
  it('prints what Athena answers as it prints what DuckDB does', async () => {
    const server = await serve({ ask: () => ANSWER });
    const ask = (...args: readonly string[]) => runCli('sql', 'select', '--athena', ...args);
    const answers = await Promise.all([
      ask(),
      ask('--format', 'csv', '--stage', 'prod'),
      ask('--json', '--stage', 'dev'),
    ]);
    expect(answers.map(({ code, stderr }) => [code, stderr])).toEqual([0, 0, 0].map((code) => [code, '']));
    const [table, csv, json] = answers.map(({ stdout }) => stdout);
    expect(table!.split('\n')).toEqual([
      'at                           place                 n',
      '───────────────────────────  ─────  ────────────────',
      '2025-06-01T12:00:00.000000Z  a, b   9007199254740993',
      '2025-06-01T12:00:00.000000Z',
      // what is charged for
      '2 rows, 1.2 MB read',
      '',
    ]);
    expect(csv).toBe(
      'at,place,n\n2025-06-01T12:00:00.000000Z,"a, b",9007199254740993\n2025-06-01T12:00:00.000000Z,"",\n',
    );
    expect(json).toBe(
      '[{"at":"2025-06-01T12:00:00.000000Z","place":"a, b","n":9007199254740993},\n' +
        '{"at":"2025-06-01T12:00:00.000000Z","place":"","n":null}]\n',
    );
    const started = server.calls.filter(({ operation }) => operation === 'StartQueryExecution');
    expect(
      started.map(({ input }) => [input.WorkGroup, input.QueryExecutionContext?.Database]).sort(),
    ).toEqual([
      ['tributary-dev', 'tributary_dev'],
      ['tributary-dev', 'tributary_dev'],
      ['tributary-prod', 'tributary_prod'],
    ]);
  });

  it('stops the query at Ctrl-C', async () => {
    const server = await serve({ ask: () => ANSWER, polls: Infinity });
    const { child, ended } = startCli(['sql', 'select', '--athena']);
    await vi.waitFor(
      () => expect(server.calls.map(({ operation }) => operation)).toContain('GetQueryExecution'),
      { timeout: 20_000 },
    );
    child.kill('SIGINT');
    expect(await ended).toMatchObject({
      code: 130,
      stdout: '',
      stderr: 'tributary: stopped\n',
    });
    expect(server.calls.at(-1)!.operation).toBe('StopQueryExecution');
  });

  it.each([
    [2, 'query refused: COLUMN_NOT_FOUND: no x', { ErrorCategory: 2 }],
    [1, 'query failed: COLUMN_NOT_FOUND: no x', { ErrorCategory: 1 }],
  ])('ends with %i and one line where a query fails: %s', async (expected, says, AthenaError) => {
    await serve({
      ask() {
        throw new AthenaEnd({ State: 'FAILED', StateChangeReason: 'COLUMN_NOT_FOUND:\nno x', AthenaError });
      },
    });
    const { code, stdout, stderr } = await runCli('sql', 'select', '--athena');
    expect([code, stdout, stderr]).toEqual([expected, '', `tributary: ${says}\n`]);
  });

  it('ends with 2 and one line where there are no credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    for (const file of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(file, '/dev/null');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    const { code, stdout, stderr } = await runCli('sql', 'select 1', '--athena');
    expect(stderr).toMatch(/^tributary: no AWS credentials are found [^\n]+\n$/);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('asks nobody where a mistake shows before, and says which', async () => {
    const mistakes: readonly (readonly [args: readonly string[], says: RegExp])[] = [
      [['select 1', '--stage', 'dev'], /--stage dev is for a deployed lake: pass --athena too/],
      [['select 1', '--athena', '--stage', 'qa'], /choices are dev, prod/],
      [['drop table x', '--athena'], /query refused: it begins with "drop"/],
    ];
    const outcomes = await Promise.all(mistakes.map(([args]) => runCli('sql', ...args)));
    for (const [i, { code, stdout, stderr }] of outcomes.entries()) {
      expect(stderr).toMatch(mistakes[i]![1]);
      expect(stderr).toMatch(/^tributary: [^\n]+\n$/);
      expect([code, stdout]).toEqual([2, '']);
    }
  });
});

describe('npm run test-data -- --athena', () => {
  it('holds the tables that the catalog lists against the tests of their fleet', async () => {
    const server = await serve({
      ask(sql) {
        const [name, ...rows] =
          sql === 'SHOW TABLES' ? ['tab_name', 'transport_unit_history'] : ['found', '0'];
        // three rows without a company
        const found = sql.includes('IS NULL') ? ['3'] : rows;
        const kind = sql === 'SHOW TABLES' ? 'DDL' : 'DML';
        return { kind, columns: [{ Name: name, Type: 'varchar' }], rows: found.map((row) => [row]) };
      },
    });
    const args = ['--athena', '--stage', 'prod', '--fleet', 'transport', '--data-dir', temporaryPath('none')];
    const { code, stdout, stderr } = await runCli('test-data', ...args);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/^violated +transport\.unit_history +notNull\(.*\) +null in 3 rows$/m);
    expect(stdout).toMatch(/^holds +transport\.unit_history +unique\(unit, valid_from\)$/m);
    expect(stdout).toContain('data tests: 1 hold, 1 violated, 2 wait for their tables\n');
    const started = server.calls.filter(({ operation }) => operation === 'StartQueryExecution');
    expect(started.map(({ input }) => input.QueryString)).toHaveLength(3);
    expect(new Set(started.map(({ input }) => input.WorkGroup))).toEqual(new Set(['tributary-prod']));
  });
});
