import { setTimeout as sleep } from 'node:timers/promises';

type Answer = {
  readonly nextUri?: string;
  readonly data?: readonly (readonly unknown[])[];
  readonly error?: { readonly errorName: string; readonly message: string };
};

const PAUSE_MS = 20;

/**
 * Runs a statement to its end and returns its rows. Numbers come as their text: a bigint has more digits than a double.
 * @throws Error with what Trino objects to
 */
export async function queryTrino(endpoint: string, sql: string): Promise<readonly (readonly unknown[])[]> {
  const headers = { 'X-Trino-User': 'conformance', 'X-Trino-Time-Zone': 'UTC' };
  let answer = await ask(`${endpoint}/v1/statement`, { method: 'POST', headers, body: sql });
  const rows: (readonly unknown[])[] = [];
  for (;;) {
    if (answer.error !== undefined)
      throw new Error(`Trino: ${answer.error.errorName}: ${answer.error.message}, for ${sql}`);
    rows.push(...(answer.data ?? []));
    if (answer.nextUri === undefined) return rows;
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
