import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createAthenaEngine } from '../../../src/sql/athena.ts';
import { contractOfValues, SQL_OF_VALUES, SQL_VALUES } from '../../contracts/sql-values.ts';
import type { Check } from '../check.ts';
import { startMoto } from '../moto.ts';
import { REPO } from '../places.ts';
import { runCommand } from '../run-command.ts';
import { withEnvironment } from '../with-environment.ts';

const REGION = 'eu-central-1';
const ACCOUNT = { AWS_REGION: REGION, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

/** Requests and answers of Athena's API by another hand: moto runs no SQL, and answers what it was told to. */
export const motoAthena: Check = {
  name: 'queries go through the API of Athena, and their answers come back whole (moto)',
  needs: ['moto'],
  async run() {
    const { endpoint, stop } = await startMoto();
    try {
      await withEnvironment({ ...ACCOUNT, AWS_ENDPOINT_URL: endpoint }, () => askMoto(endpoint));
    } finally {
      await stop();
    }
  },
};

async function askMoto(endpoint: string): Promise<void> {
  await refuseWithoutWorkgroup();
  await callMoto(endpoint, 'CreateWorkGroup', { Name: 'tributary-dev' });
  await queueAnswer(endpoint);
  const engine = createAthenaEngine({ workgroup: 'tributary-dev', database: 'tributary_dev' });
  const answer = await engine.query({ sql: SQL_OF_VALUES });
  await engine.close();
  const { expected, found } = contractOfValues(answer);
  if (answer.length !== 1 || !isDeepStrictEqual(found, expected))
    throw new Error(`values are ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`);
}

async function refuseWithoutWorkgroup(): Promise<void> {
  const program = [join(REPO, 'bin/tributary.mjs'), 'sql', 'select 1', '--athena'];
  const { code, output } = await runCommand(process.execPath, program);
  if (
    code !== 2 ||
    !/^tributary: [^\n]*workgroup tributary-dev: [^\n]*deploy the stage[^\n]*\n$/.test(output)
  )
    throw new Error(`a stage that is not deployed ends with ${code}: ${output}`);
}

async function queueAnswer(endpoint: string): Promise<void> {
  const columns = SQL_VALUES.map(({ athena: { text: _text, ...column } }, i) => ({
    Name: `v${i}`,
    ...column,
  }));
  const data = (texts: readonly (string | null)[]) => ({
    Data: texts.map((text) => (text === null ? {} : { VarCharValue: text })),
  });
  const rows = [data(columns.map(({ Name }) => Name)), data(SQL_VALUES.map(({ athena }) => athena.text))];
  const body = JSON.stringify({ region: REGION, results: [{ rows, column_info: columns }] });
  const response = await fetch(`${endpoint}/moto-api/static/athena/query-results`, { method: 'POST', body });
  if (!response.ok) throw new Error(`moto answers ${response.status}: ${await response.text()}`);
}

async function callMoto(endpoint: string, operation: string, input: object): Promise<void> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AmazonAthena.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=test/20250101/${REGION}/athena/aws4_request`,
    },
    body: JSON.stringify(input),
  });
  if (!response.ok) throw new Error(`moto answers ${response.status}: ${await response.text()}`);
}
