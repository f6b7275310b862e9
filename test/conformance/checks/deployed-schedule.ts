import { ENVIRONMENT as SETTING } from '../../../src/environment.ts';
import type { EmulatedAccount } from '../emulated-account.ts';
import { waitFor } from '../wait-for.ts';

type Rows = readonly Readonly<Record<string, unknown>>[];

/** A deployed stage with a day's hourly readings of one station. */
export type DeployedStage = {
  readonly account: EmulatedAccount;
  readonly stage: string;
  readonly outputs: Readonly<Record<'BucketName' | 'RollupFunctionName', string>>;
  /** sends the readings of these hours, counted from the day's first */
  send(hours: readonly number[]): Promise<void>;
  waitForRows(table: string, count: number, columns?: string): Promise<Rows>;
};

const LOOK = 'Look who runs';
const LATE_DAYS = 6;
/** How many more readings there are afterwards. */
export const LATE_READINGS = 2 * LATE_DAYS;

/** The state machines that the schedule starts: their steps, their turns, their failures, and rollups in pieces. */
export async function trySchedule(deployed: DeployedStage): Promise<void> {
  await rollUp(deployed);
  await takeTurns(deployed);
  await showFailures(deployed);
  await rollUpInPieces(deployed);
}

/** First what is due often, then all that there is. */
async function rollUp(deployed: DeployedStage): Promise<void> {
  const often = await execute(deployed, 'weather', { due: 'often' });
  if (often.join() !== 'Look who runs,rollup daily,Start pieces')
    throw new Error(`what is due often was ${often.join(', ')}`);
  const [row] = await deployed.waitForRows('weather/daily', 1, 'location,avg_temperature_c');
  if (row!['location'] !== 'Chicago' || row!['avg_temperature_c'] !== 22.875)
    throw new Error(`the day's aggregate is ${JSON.stringify(row)}`);
  const all = await execute(deployed, 'weather', {});
  for (const step of ['optimize', 'vacuum'])
    if (!all.includes(step)) throw new Error(`all that weather has to do was ${all.join(', ')}`);
  await execute(deployed, 'lake-upkeep', {});
}

/** However many are started at once, one at a time works: the others leave, or wait for their turn. */
async function takeTurns(deployed: DeployedStage): Promise<void> {
  const inputs = ['daily', 'hourly', 'often', 'hourly', 'often'].map((due) => ({ due }));
  const started = await Promise.all(inputs.map((input) => start(deployed, 'weather', input)));
  const spells: { from: number; to: number }[] = [];
  let [left, waited] = [0, 0];
  for (const [i, execution] of started.entries()) {
    const steps = await waitForGoodEnd(deployed, 'weather', execution);
    const looks = steps.filter((name) => name === LOOK).length;
    if (looks > 1) waited++;
    if (looks < steps.length) spells.push(await spellOf(deployed, execution));
    else if (inputs[i]!.due === 'often') left++;
    else throw new Error(`what is due ${inputs[i]!.due} did not wait for its turn`);
  }
  spells.sort((one, other) => one.from - other.from);
  if (spells.some(({ from }, i) => i > 0 && from < spells[i - 1]!.to))
    throw new Error(`two executions worked at a time: ${JSON.stringify(spells)}`);
  console.log(
    `of ${started.length} executions started at once ${waited} waited, ${left} left, one at a time worked`,
  );
}

/** From an execution's first step to its end. */
async function spellOf(deployed: DeployedStage, execution: string): Promise<{ from: number; to: number }> {
  const events = await historyOf(deployed, execution);
  const first = events.find(
    ({ type, stateEnteredEventDetails: entered }) => type === 'TaskStateEntered' && entered?.name !== LOOK,
  );
  return { from: Date.parse(first!.timestamp), to: Date.parse(events.at(-1)!.timestamp) };
}

async function showFailures(deployed: DeployedStage): Promise<void> {
  const refused = await waitForEnd(deployed, 'weather', await start(deployed, 'weather', { due: 'weekly' }));
  if (refused.error !== 'UnknownDue') throw new Error(`due weekly ended as ${JSON.stringify(refused)}`);
  await set(deployed, SETTING.rollupRows, 'many');
  const execution = await start(deployed, 'weather', { due: 'hourly' });
  const { status, error, cause } = await waitForEnd(deployed, 'weather', execution);
  if (status !== 'FAILED' || error !== 'StepsFailed' || cause?.endsWith(': rollup daily') !== true)
    throw new Error(`a rollup that cannot run ended as ${status}: ${error}: ${cause}`);
  const steps = await stepsOf(deployed, execution);
  if (steps.at(-1) !== 'optimize') throw new Error(`after a failed rollup came ${steps.join(', ')}`);
}

/** More than the function may take on at once, by its setting: the fleet's machine hands it to the one that makes pieces. */
async function rollUpInPieces(deployed: DeployedStage): Promise<void> {
  const { account, outputs } = deployed;
  await set(deployed, SETTING.rollupRows, '4');
  await deployed.send(Array.from({ length: LATE_READINGS }, (_, i) => 24 + 12 * i));
  await deployed.waitForRows('weather/observations', 24 + LATE_READINGS);
  await execute(deployed, 'weather', { due: 'often' });
  const rows = await deployed.waitForRows('weather/daily', 1 + LATE_DAYS, 'window_start,readings');
  if (rows.some(({ readings }) => readings !== 2 && readings !== 24))
    throw new Error(`the days have ${JSON.stringify(rows)}`);
  const { executions } = await account.call<{ executions: { executionArn: string }[] }>(
    'stepfunctions',
    'list_executions',
    { stateMachineArn: machineArn(deployed, 'rollup-pieces') },
  );
  const steps = await waitForGoodEnd(deployed, 'rollup-pieces', executions[0]!.executionArn);
  if (steps.join() !== 'Look who runs,Plan,Each piece,Join')
    throw new Error(`pieces were made by ${steps.join(', ')}`);
  const { Contents } = await account.call<{ Contents: { Key: string }[] }>('s3', 'list_objects_v2', {
    Bucket: outputs.BucketName,
    Prefix: 'lake/weather/daily/_pieces/',
  });
  const pieces = Contents.filter(({ Key }) => /\/\d+\.json$/.test(Key)).length;
  if (pieces < 3) throw new Error(`there were ${pieces} pieces`);
  console.log(`a rollup of ${LATE_READINGS} late readings made in ${pieces} pieces, and joined`);
}

/** Sets a variable in the environment of the function `rollup`. */
async function set({ account, outputs }: DeployedStage, name: string, value: string): Promise<void> {
  const FunctionName = outputs.RollupFunctionName;
  type Configuration = { Environment: { Variables: Record<string, string> } };
  const { Environment } = await account.call<Configuration>('lambda', 'get_function_configuration', {
    FunctionName,
  });
  const Variables = { ...Environment.Variables, [name]: value };
  await account.call('lambda', 'update_function_configuration', { FunctionName, Environment: { Variables } });
}

/** Runs a state machine to its good end; the tasks and maps that it came by, in their order. */
async function execute(deployed: DeployedStage, name: string, input: object): Promise<string[]> {
  return waitForGoodEnd(deployed, name, await start(deployed, name, input));
}

async function start(deployed: DeployedStage, name: string, input: object): Promise<string> {
  const { executionArn } = await deployed.account.call<{ executionArn: string }>(
    'stepfunctions',
    'start_execution',
    { stateMachineArn: machineArn(deployed, name), input: JSON.stringify(input) },
  );
  return executionArn;
}

function machineArn({ account, stage }: DeployedStage, name: string): string {
  return `arn:aws:states:${account.env['AWS_REGION']}:000000000000:stateMachine:tributary-${stage}-${name}`;
}

async function waitForGoodEnd(deployed: DeployedStage, name: string, execution: string): Promise<string[]> {
  const { status, error, cause } = await waitForEnd(deployed, name, execution);
  if (status !== 'SUCCEEDED') throw new Error(`${name} ended as ${status}: ${error}: ${cause}`);
  return stepsOf(deployed, execution);
}

type Execution = { readonly status: string; readonly error?: string; readonly cause?: string };

function waitForEnd({ account }: DeployedStage, name: string, executionArn: string): Promise<Execution> {
  return waitFor(`the end of an execution of ${name}`, async () => {
    const found = await account.call<Execution>('stepfunctions', 'describe_execution', { executionArn });
    return found.status === 'RUNNING' ? undefined : found;
  });
}

type Event = {
  readonly type: string;
  readonly timestamp: string;
  readonly stateEnteredEventDetails?: { readonly name: string };
};

async function historyOf({ account }: DeployedStage, executionArn: string): Promise<readonly Event[]> {
  type History = { readonly events: readonly Event[] };
  return (await account.call<History>('stepfunctions', 'get_execution_history', { executionArn })).events;
}

async function stepsOf(deployed: DeployedStage, executionArn: string): Promise<string[]> {
  const events = await historyOf(deployed, executionArn);
  return events.flatMap(({ type, stateEnteredEventDetails: entered }) =>
    entered !== undefined && /^(Task|Map)StateEntered$/.test(type) ? [entered.name] : [],
  );
}
