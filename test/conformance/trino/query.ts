import { setTimeout as sleep } from 'node:timers/promises';

export type TrinoColumn = { readonly name: string; readonly type: string };
export type TrinoAnswer = {
  readonly columns: readonly TrinoColumn[];
  readonly rows: readonly (readonly unknown[])[];
};

type Answer = {
  readonly nextUri?: string;
  readonly columns?: readonly TrinoColumn[];
  readonly data?: readonly (readonly unknown[])[];
  readonly error?: { readonly errorName: string; readonly message: string };
};

const PAUSE_MS = 20;
/** It has one node, itself: where the machine is busy it loses sight of that for a moment. */
const AWAY = 'NO_NODES_AVAILABLE';
const AWAY_TRIES = 60;
const AWAY_PAUSE_MS = 1_000;

/**
 * Runs a statement to its end and returns its rows. Numbers come as their text: a bigint has more digits than a double.
 *
 * @param schema of the catalogue `delta`, in which names without one are looked for
 * @throws Error with what Trino objects to
 */
export async function queryTrino(
  endpoint: string,
  sql: string,
  schema?: string,
): Promise<TrinoAnswer['rows']> {
  return (await askTrino(endpoint, sql, schema)).rows;
}

/** The same with the columns, by the names and types that Trino gives them. */
export async function askTrino(endpoint: string, sql: string, schema?: string): Promise<TrinoAnswer> {
  for (let tries = 1; ; tries++) {
    const { error, ...answer } = await runStatement(endpoint, sql, schema);
    if (error === undefined) return answer;
    if (error.errorName !== AWAY || tries === AWAY_TRIES)
      throw new Error(`Trino: ${error.errorName}: ${error.message}, for ${sql}`);
    await sleep(AWAY_PAUSE_MS);
  }
}

async function runStatement(endpoint: string, sql: string, schema: string | undefined) {
  const headers = {
    'X-Trino-User': 'conformance',
    'X-Trino-Time-Zone': 'UTC',
    ...(schema === undefined ? {} : { 'X-Trino-Catalog': 'delta', 'X-Trino-Schema': schema }),
  };
  let answer = await ask(`${endpoint}/v1/statement`, { method: 'POST', headers, body: sql });
  const rows: (readonly unknown[])[] = [];
  let columns: readonly TrinoColumn[] = [];
  for (;;) {
    for (const row of answer.data ?? []) rows.push(row);
    columns = answer.columns ?? columns;
    if (answer.error !== undefined || answer.nextUri === undefined)
      return { columns, rows, error: answer.error };
    if (answer.data === undefined) await sleep(PAUSE_MS);
    answer = await ask(answer.nextUri, { headers });
  }
}

async function ask(url: string, request: RequestInit): Promise<Answer> {
  const response = await fetch(url, request);
  const text = await response.text();
  if (!response.ok) throw new Error(`Trino answers ${response.status}: ${text}`);
  return JSON.parse(text, keepDigits) as Answer;
}

function keepDigits(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? (context?.source ?? String(value)) : value;
}
