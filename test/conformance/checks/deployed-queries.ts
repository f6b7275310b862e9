import { join } from 'node:path';
import type { StageName } from '../../../lib/stage-names.ts';
import type { EmulatedAccount } from '../emulated-account.ts';
import { REPO } from '../places.ts';
import { runCommand } from '../run-command.ts';

/**
 * The emulator's Athena speaks the API, knows workgroups and roles, and has no tables: what is asked of it shows that it can
 * be asked. The answers are another check's, on Trino.
 */
export async function tryQueries(
  account: EmulatedAccount,
  stage: StageName,
  testDataFunction: string,
): Promise<void> {
  const one = await runTributary(
    account,
    'sql',
    "select 7 as n, 'a' as t",
    '--athena',
    '--stage',
    stage,
    '--json',
  );
  if (one !== '[{"n":7,"t":"a"}]\n') throw new Error(`npm run sql -- --athena printed ${one}`);
  const tests = await runTributary(
    account,
    'test-data',
    '--fleet',
    'factory',
    '--athena',
    '--stage',
    stage,
    '--json',
  );
  assertSkipped(JSON.parse(tests) as Results);
  const answer = await account.call<{ Payload: string; FunctionError?: string }>('lambda', 'invoke', {
    FunctionName: testDataFunction,
    Payload: JSON.stringify({ fleet: 'factory' }),
  });
  // it holds a role to all workgroups where a request names a query only, which the role rightly may not ask of
  if (answer.FunctionError !== undefined && /not authorized.*athena:GetQueryExecution/.test(answer.Payload)) {
    console.log(
      'test-data started its query; the emulator lets no role that is held to a workgroup look at it',
    );
    return;
  }
  assertSkipped((JSON.parse(answer.Payload) as { readonly results: Results }).results);
}

type Results = readonly { readonly outcome: string }[];

function assertSkipped(results: Results): void {
  if (results.length > 0 && results.every(({ outcome }) => outcome === 'skipped')) return;
  throw new Error(`where there are no tables, data tests came to ${JSON.stringify(results)}`);
}

async function runTributary(account: EmulatedAccount, ...args: readonly string[]): Promise<string> {
  const program = [join(REPO, 'bin/tributary.mjs'), ...args];
  const { code, output } = await runCommand(process.execPath, program, { env: account.env });
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${output}`);
  return output;
}
