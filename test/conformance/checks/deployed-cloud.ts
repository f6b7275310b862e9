import { createKinesisEvent } from '../../../local/kinesis-event.ts';
import type { Check } from '../check.ts';
import { type EmulatedAccount, startEmulatedAccount } from '../emulated-account.ts';
import { PYTHON } from '../engines.ts';
import { deployStage } from '../deploy-stage.ts';
import { runCommand } from '../run-command.ts';
import { waitFor } from '../wait-for.ts';
import { tryDevices } from './deployed-devices.ts';
import { tryQueries } from './deployed-queries.ts';
import { LATE_READINGS, trySchedule } from './deployed-schedule.ts';
import { tryTeardown } from './deployed-teardown.ts';

const STAGE = 'prod';

const STATION = 'weather/station-1/observation';
const DAY = Date.UTC(2025, 5, 1);

/**
 * A whole stage is deployed by the CDK, its functions as they would be uploaded, under roles that count. Then a day's
 * readings go through it: Kinesis, ingest, the rollup's state machine, recovery. Who reads the tables is delta-rs.
 */
export const deployedCloud: Check = {
  name: 'the deployed cloud does its work (cdk deploy to MiniStack, IAM enforced)',
  needs: ['ministack', 'deltalake'],
  async run() {
    const account = await startEmulatedAccount();
    try {
      await account.cdk('bootstrap', `aws://000000000000/${account.env['AWS_REGION']}`);
      await deployStage(account, STAGE);
      const outputs = await readOutputs(account);
      await findPreparedTables(account, outputs);
      await ingestReadings(account, outputs);
      await trySchedule({
        account,
        stage: STAGE,
        outputs,
        send: (hours) => send(account, outputs, hours.map(reading)),
        waitForRows: (...wanted) => waitForRows(account, outputs, ...wanted),
      });
      await recoverLeftBatch(account, outputs);
      await tryQueries(account, STAGE, outputs.TestDataFunctionName);
      await tryDevices(account, STAGE);
      await tryTeardown(account, STAGE);
    } finally {
      await account.stop();
    }
  },
};

type Outputs = Readonly<
  Record<'BucketName' | 'StreamName' | 'RollupFunctionName' | 'TestDataFunctionName', string>
>;

async function readOutputs(account: EmulatedAccount): Promise<Outputs> {
  type Stacks = { Stacks: { StackStatus: string; Outputs?: { OutputKey: string; OutputValue: string }[] }[] };
  const { Stacks: stacks } = await account.call<Stacks>('cloudformation', 'describe_stacks');
  const bad = stacks.filter(({ StackStatus }) => !/^(CREATE|UPDATE)_COMPLETE$/.test(StackStatus));
  if (bad.length > 0) throw new Error(`stacks are not there: ${JSON.stringify(bad)}`);
  const outputs = stacks.flatMap((stack) => stack.Outputs ?? []);
  return Object.fromEntries(outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])) as Outputs;
}

/** The custom resource made them: nothing has been sent yet. */
async function findPreparedTables(account: EmulatedAccount, outputs: Outputs): Promise<void> {
  for (const table of ['weather/observations', 'weather/daily', 'vehicles/telemetry', 'quarantine']) {
    const { version, rows } = await readTable(account, outputs, table, '_topic,window_start');
    if (version !== 0 || rows.length > 0)
      throw new Error(`${table} is at version ${version} before any message`);
  }
}

async function ingestReadings(account: EmulatedAccount, outputs: Outputs): Promise<void> {
  const hours = Array.from({ length: 24 }, (_, hour) => reading(hour));
  await send(account, outputs, [...hours, 'no reading at all']);
  const rows = await waitForRows(account, outputs, 'weather/observations', 24);
  const temperatures = rows.map(({ temperature_c }) => Number(temperature_c)).sort((a, b) => a - b);
  const expected = Array.from({ length: 24 }, (_, hour) => 20 + hour / 4);
  if (temperatures.join() !== expected.join()) throw new Error(`rows hold ${temperatures.join(', ')}`);
  await waitForRows(account, outputs, 'quarantine', 1, 'reason');
}

async function send(
  account: EmulatedAccount,
  { StreamName }: Outputs,
  payloads: readonly string[],
): Promise<void> {
  const { FailedRecordCount: failed } = await account.call<{ FailedRecordCount: number }>(
    'kinesis',
    'put_records',
    { StreamName, Records: payloads.map((Data) => ({ PartitionKey: STATION, Data })) },
  );
  if (failed > 0) throw new Error(`Kinesis refused ${failed} records`);
}

/** As the event source leaves it; the bucket tells the queue, the queue the function. */
async function recoverLeftBatch(
  account: EmulatedAccount,
  { BucketName, ...outputs }: Outputs,
): Promise<void> {
  const { StreamDescriptionSummary: stream } = await account.call<{
    StreamDescriptionSummary: { StreamARN: string };
  }>('kinesis', 'describe_stream_summary', { StreamName: outputs.StreamName });
  const record = {
    key: STATION,
    payload: Buffer.from(reading(30)),
    position: '1',
    arrivedAt: DAY + 2 * 86_400_000,
  };
  const shardId = 'shardId-000000000000';
  const payload = JSON.stringify(createKinesisEvent(stream.StreamARN, shardId, [record]));
  const key = `aws/lambda/mapping/${shardId}/2025/06/02/left-by-hand`;
  await account.call('s3', 'put_object', {
    Bucket: BucketName,
    Key: key,
    Body: JSON.stringify({ version: '1.0', KinesisBatchInfo: { shardId }, payload }),
  });
  await waitForRows(account, { BucketName, ...outputs }, 'weather/observations', 25 + LATE_READINGS);
  await waitFor('the object among the recovered ones', async () => {
    const { Contents = [] } = await account.call<{ Contents?: { Key: string }[] }>('s3', 'list_objects_v2', {
      Bucket: BucketName,
    });
    const keys = Contents.map(({ Key }) => Key);
    return keys.includes(`recovered/${key}`) && !keys.includes(key) ? true : undefined;
  });
}

/** An hour's reading of one station. */
function reading(hour: number): string {
  return JSON.stringify({
    location: 'Chicago',
    timestamp: new Date(DAY + hour * 3_600_000).toISOString(),
    temperature_c: 20 + hour / 4,
    humidity_pct: 40,
    precipitation_mm: 0,
    wind_speed_kmh: 12,
  });
}

type Rows = readonly Readonly<Record<string, unknown>>[];

async function readTable(
  account: EmulatedAccount,
  { BucketName }: Outputs,
  table: string,
  columns: string,
): Promise<{ version: number; rows: Rows }> {
  const script = new URL('../delta_rows.py', import.meta.url).pathname;
  const location = `s3://${BucketName}/lake/${table}`;
  const { code, output } = await runCommand(PYTHON, [script, location, columns], { env: account.env });
  if (code !== 0) throw new Error(`delta-rs cannot read ${table}: ${output.trim().split('\n').at(-1)}`);
  return JSON.parse(output) as { version: number; rows: Rows };
}

async function waitForRows(
  account: EmulatedAccount,
  outputs: Outputs,
  table: string,
  count: number,
  columns = 'station,observed_at,temperature_c',
): Promise<Rows> {
  return waitFor(`${count} rows of ${table}`, async () => {
    const { rows } = await readTable(account, outputs, table, columns);
    if (rows.length > count) throw new Error(`${table} has ${rows.length} rows, not ${count}`);
    return rows.length === count ? rows : undefined;
  });
}
