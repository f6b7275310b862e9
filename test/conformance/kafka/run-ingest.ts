import { readFile } from 'node:fs/promises';
import type { Context, MSKEvent } from 'aws-lambda';

/**
 * Hands the events of a file, one JSON a line, to the ingest function, one after another, and says each answer as a line
 * `ANSWER {…}`. It is a process of its own so that it can be killed.
 */
const context = { awsRequestId: 'conformance', getRemainingTimeInMillis: () => 300_000 } as Context;
// what a handler is loaded with comes before it
await import('../../../local/function-preload.ts');
const { handler } = await import('../../../lambdas/ingest/handler.ts');
const lines = (await readFile(process.argv[2]!, 'utf8')).split('\n');
for (const line of lines.filter((each) => each !== '')) {
  const answer: unknown = await handler(JSON.parse(line) as MSKEvent, context);
  process.stdout.write(`ANSWER ${JSON.stringify(answer)}\n`);
}
