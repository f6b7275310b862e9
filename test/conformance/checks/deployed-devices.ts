import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { type EmulatedAccount, REGION } from '../emulated-account.ts';
import { PYTHON } from '../engines.ts';
import { REPO } from '../places.ts';
import { runCommand } from '../run-command.ts';

/**
 * What a deployed stage does for devices: one is registered and revoked by the command line, one provisions itself by the
 * fleet's template, hook and role, and may then publish for itself only; the rules' SQL takes the messages that it should.
 */
export async function tryDevices(account: EmulatedAccount, stage: string): Promise<void> {
  await registerAndRevoke(account, stage);
  await smokeAndLeave(account, stage);
  const certified = await provision(account, stage);
  await publishAsItself(account, stage, certified);
  await tryRules(account, stage);
}

async function registerAndRevoke(account: EmulatedAccount, stage: string): Promise<void> {
  const thingName = 'station-1';
  const out = join(account.folder, thingName);
  await device(account, 'register', thingName, '--fleet', 'weather', '--stage', stage, '--out', out);
  const { principals } = await account.call<{ principals: string[] }>('iot', 'list_thing_principals', {
    thingName,
  });
  if (principals.length !== 1) throw new Error(`${thingName} has ${principals.length} certificates`);
  const [target] = principals;
  const { policies } = await account.call<{ policies: { policyName: string }[] }>(
    'iot',
    'list_attached_policies',
    { target },
  );
  const names = policies.map(({ policyName }) => policyName).join();
  if (names !== `tributary-${stage}-weather`) throw new Error(`${thingName}'s certificate has ${names}`);
  const certificateId = target!.slice(target!.lastIndexOf('/') + 1);
  const { certificateDescription } = await account.call<{ certificateDescription: { status: string } }>(
    'iot',
    'describe_certificate',
    { certificateId },
  );
  if (certificateDescription.status !== 'ACTIVE') throw new Error(`it is ${certificateDescription.status}`);
  await device(account, 'revoke', thingName, '--stage', stage);
  const after = await account.call<{ principals: string[] }>('iot', 'list_thing_principals', { thingName });
  if (after.principals.length > 0) throw new Error(`${thingName} keeps ${after.principals.join()}`);
}

/**
 * `npm run smoke` makes a device, and finds that the emulator's endpoint for devices is no broker's address (it has a port
 * already, that of HTTP): it says so, and nothing of the device stays.
 */
async function smokeAndLeave(account: EmulatedAccount, stage: string): Promise<void> {
  type Left = { readonly things: { thingName: string }[]; readonly certificates: unknown[] };
  const count = async () => {
    const { things } = await account.call<Left>('iot', 'list_things');
    const { certificates } = await account.call<Left>('iot', 'list_certificates');
    return { things: things.map(({ thingName }) => thingName), certificates: certificates.length };
  };
  const before = await count();
  const cli = join(REPO, 'bin', 'tributary.mjs');
  const args = [cli, 'smoke', '--stage', stage, '--messages', '1', '--timeout', '1s'];
  const { code, output } = await runCommand(process.execPath, args, { env: account.env });
  if (code === 0 || !/^smoke-\w+ is gone, 1 certificate taken back$/m.test(output))
    throw new Error(`smoke ended with ${code}: ${output.trim()}`);
  const after = await count();
  if (JSON.stringify(after) !== JSON.stringify(before))
    throw new Error(`smoke left ${JSON.stringify(after)} of ${JSON.stringify(before)}: ${output.trim()}`);
}

async function device(account: EmulatedAccount, ...args: readonly string[]): Promise<void> {
  const cli = join(REPO, 'bin', 'tributary.mjs');
  const { code, output } = await runCommand(process.execPath, [cli, 'device', ...args], { env: account.env });
  if (code !== 0) throw new Error(`device ${args[0]} ended with ${code}: ${output.trim()}`);
}

type Certified = { readonly certificatePem: string; readonly privateKey: string };

/** Rejects where the broker closes the connection instead of answering. */
async function opened(client: MqttClient): Promise<MqttClient> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.once('connect', () => resolve());
  client.on('error', reject);
  client.once('close', () => reject(new Error('the broker closed the connection')));
  await promise;
  return client;
}

/** A device's connection, by its certificate. (The emulator's own authority is known nowhere outside of it.) */
function connectDevice(
  account: EmulatedAccount,
  clientId: string,
  certified: Certified,
): Promise<MqttClient> {
  const client = mqtt.connect(account.mqtt, {
    clientId,
    cert: certified.certificatePem,
    key: certified.privateKey,
    rejectUnauthorized: false,
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: 10_000,
  });
  return opened(client);
}

const THING = 'station-2';

/** prod admits registered things only, and those once. (Of a device's own key MiniStack makes no certificate.) */
async function provision(account: EmulatedAccount, stage: string): Promise<Certified> {
  const templateName = `tributary-${stage}-weather`;
  const claim = await account.call<{ certificatePem: string; keyPair: { PrivateKey: string } }>(
    'iot',
    'create_provisioning_claim',
    { templateName },
  );
  const claimed = { certificatePem: claim.certificatePem, privateKey: claim.keyPair.PrivateKey };
  const client = await connectDevice(account, `claim-${THING}`, claimed);
  const attempt = async () => {
    const certified = await ask(client, '$aws/certificates/create/json', {});
    await ask(client, `$aws/provisioning-templates/${templateName}/provision/json`, {
      certificateOwnershipToken: certified['certificateOwnershipToken'],
      parameters: { ThingName: THING },
    });
    return certified as unknown as Certified;
  };
  const expectRefusal = async (why: string) => {
    const verdict = await attempt().then(
      () => 'admitted',
      (error: unknown) => String(error),
    );
    if (!verdict.includes('AccessDenied')) throw new Error(`a claim for ${why}: ${verdict}`);
  };
  try {
    await expectRefusal('a thing that nobody registered');
    await account.call('iot', 'create_thing', { thingName: THING });
    const certified = await attempt();
    await expectRefusal('a thing that has a certificate');
    const described = await account.call<{ thingTypeName?: string }>('iot', 'describe_thing', {
      thingName: THING,
    });
    if (described.thingTypeName !== templateName) throw new Error(`its type is ${described.thingTypeName}`);
    return certified;
  } finally {
    client.end(true);
  }
}

/** The fleet's policy, as a broker enforces it. */
async function publishAsItself(account: EmulatedAccount, stage: string, certified: Certified): Promise<void> {
  const basicIngest = `$aws/rules/tributary_${stage}_weather_any_observation`;
  const own = `weather/${THING}/observation`;
  const allowed = async (clientId: string, topic: string) => {
    let client: MqttClient;
    try {
      client = await connectDevice(account, clientId, certified);
    } catch {
      // a refusal to connect is one
      return false;
    }
    const closed = new Promise<false>((resolve) => client.once('close', () => resolve(false)));
    client.on('error', () => undefined);
    const published = client.publishAsync(topic, '{}', { qos: 1 }).then(() => true as const);
    published.catch(() => undefined); // it ends with the connection
    try {
      return await Promise.race([published, closed]);
    } finally {
      client.end(true);
    }
  };
  for (const [clientId, topic, expected] of [
    [THING, own, true],
    [THING, `${basicIngest}/${own}`, true],
    [THING, 'weather/station-3/observation', false],
    [THING, `${basicIngest}/weather/station-3/observation`, false],
    [THING, 'vehicles/station-2/telemetry', false],
    ['station-3', 'weather/station-3/observation', false],
  ] as const) {
    if ((await allowed(clientId, topic)) !== expected)
      throw new Error(`${clientId} ${expected ? 'may not' : 'may'} publish to ${topic}`);
  }
}

type Answer = Readonly<Record<string, unknown>>;

const ANSWER_TIMEOUT_MS = 30_000;

async function ask(client: MqttClient, topic: string, request: object): Promise<Answer> {
  const answered = Promise.withResolvers<Answer>();
  const listen = (from: string, payload: Buffer) => {
    const answer = JSON.parse(payload.toString()) as Answer;
    if (from === `${topic}/accepted`) answered.resolve(answer);
    if (from === `${topic}/rejected`) answered.reject(new Error(payload.toString()));
  };
  const fail = () => answered.reject(new Error(`the broker closed the connection at ${topic}`));
  const timer = setTimeout(() => answered.reject(new Error(`no answer to ${topic}`)), ANSWER_TIMEOUT_MS);
  client.on('message', listen).once('close', fail);
  try {
    await client.subscribeAsync([`${topic}/accepted`, `${topic}/rejected`], { qos: 1 });
    client.publish(topic, JSON.stringify(request), { qos: 1 });
    return await answered.promise;
  } finally {
    clearTimeout(timer);
    client.off('message', listen).off('close', fail);
  }
}

/**
 * MiniStack's rules know no Kinesis: rules with the same SQL hand over to a queue instead. What a message must not lose,
 * and which messages come at all, is the SQL's doing.
 */
async function tryRules(account: EmulatedAccount, stage: string): Promise<void> {
  const { QueueUrl } = await account.call<{ QueueUrl: string }>('sqs', 'create_queue', {
    QueueName: 'probe',
  });
  const roleArn = await createProbeRole(account);
  const { rules } = await account.call<{ rules: { ruleName: string }[] }>('iot', 'list_topic_rules');
  for (const { ruleName } of rules) {
    if (!ruleName.startsWith(`tributary_${stage}_`)) continue;
    const { rule } = await account.call<{ rule: { sql: string; awsIotSqlVersion: string } }>(
      'iot',
      'get_topic_rule',
      { ruleName },
    );
    await account.call('iot', 'create_topic_rule', {
      ruleName: `probe_${ruleName}`,
      topicRulePayload: {
        sql: rule.sql,
        awsIotSqlVersion: rule.awsIotSqlVersion,
        actions: [{ sqs: { queueUrl: QueueUrl, roleArn, useBase64: false } }],
      },
    });
  }
  const sent: readonly [topic: string, payload: string][] = [
    ['weather/station-1/observation', '{"temperature_c":21.5,"nested":{"list":[1,null,"é"]}}'],
    ['weather/station-1/status', '{"temperature_c":1}'],
    ['weather/observation', '{"temperature_c":2}'],
    ['weather/station-1/observation/extra/levels', '{"temperature_c":3}'],
    ['weather/station-2/observation', '{"temperature_c":-4}'],
  ];
  const client = await connectOwner(account);
  try {
    for (const [topic, payload] of sent) await client.publishAsync(topic, payload, { qos: 1 });
  } finally {
    client.end(true);
  }
  const received: string[] = [];
  for (let looks = 0; looks < 20 && received.length < 2; looks++) {
    const { Messages = [] } = await account.call<{ Messages?: { Body: string }[] }>(
      'sqs',
      'receive_message',
      {
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1,
      },
    );
    received.push(...Messages.map(({ Body }) => JSON.stringify(JSON.parse(Body))));
  }
  const expected = [sent[0]![1], sent[4]![1]].sort();
  if (received.sort().join() !== expected.join())
    throw new Error(`the rules handed on ${received.join(' ')}`);
}

async function createProbeRole(account: EmulatedAccount): Promise<string> {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'iot.amazonaws.com' },
    Action: 'sts:AssumeRole',
  };
  const { Role } = await account.call<{ Role: { Arn: string } }>('iam', 'create_role', {
    RoleName: 'probe',
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
  });
  const allowed = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' };
  await account.call('iam', 'put_role_policy', {
    RoleName: 'probe',
    PolicyName: 'send',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [allowed] }),
  });
  return Role.Arn;
}

/** As the account's owner, who may publish anything. */
async function connectOwner(account: EmulatedAccount): Promise<MqttClient> {
  const { host, port } = new URL(account.endpoint);
  // it tells services apart by their hosts
  const named = `data.iot.${REGION}.localhost:${port}`;
  const script = new URL('../presign_mqtt.py', import.meta.url).pathname;
  const { code, output } = await runCommand(PYTHON, [script, `wss://${named}/mqtt`, REGION], {
    env: account.env,
  });
  if (code !== 0) throw new Error(`no address for MQTT: ${output}`);
  const client = mqtt.connect(output.trim().replace(named, host), {
    clientId: 'owner',
    protocolVersion: 4,
    reconnectPeriod: 0,
    wsOptions: { ca: await readFile(account.env['NODE_EXTRA_CA_CERTS']!), headers: { host: named } },
  });
  return opened(client);
}
