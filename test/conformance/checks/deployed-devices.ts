import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { type EmulatedAccount, REGION } from '../emulated-account.ts';
import { PYTHON } from '../engines.ts';
import { REPO } from '../places.ts';
import { runCommand } from '../run-command.ts';

/**
 * What a deployed stage does for devices: one is registered and revoked by the command line, one provisions itself by the
 * fleet's template, hook and role, and the rules' SQL takes the messages that it should.
 */
export async function tryDevices(account: EmulatedAccount, stage: string): Promise<void> {
  await registerAndRevoke(account, stage);
  const client = await connectMqtt(account);
  try {
    await provision(account, client, stage);
    await tryRules(account, client, stage);
  } finally {
    client.end(true);
  }
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

async function device(account: EmulatedAccount, ...args: readonly string[]): Promise<void> {
  const cli = join(REPO, 'bin', 'tributary.mjs');
  const { code, output } = await runCommand(process.execPath, [cli, 'device', ...args], { env: account.env });
  if (code !== 0) throw new Error(`device ${args[0]} ended with ${code}: ${output.trim()}`);
}

/** As the account's owner: devices' own connections would be by a port that MiniStack opens to everybody. */
async function connectMqtt(account: EmulatedAccount): Promise<MqttClient> {
  const { host } = new URL(account.endpoint);
  // it tells services apart by their hosts
  const named = `data.iot.${REGION}.localhost:${new URL(account.endpoint).port}`;
  const script = new URL('../presign_mqtt.py', import.meta.url).pathname;
  const { code, output } = await runCommand(PYTHON, [script, `wss://${named}/mqtt`, REGION], {
    env: account.env,
  });
  if (code !== 0) throw new Error(`no address for MQTT: ${output}`);
  return mqtt.connectAsync(output.trim().replace(named, host), {
    clientId: 'claim-station-2',
    protocolVersion: 4,
    reconnectPeriod: 0,
    wsOptions: { ca: await readFile(account.env['NODE_EXTRA_CA_CERTS']!), headers: { host: named } },
  });
}

/** prod admits registered things only, and those once. */
async function provision(account: EmulatedAccount, client: MqttClient, stage: string): Promise<void> {
  const thingName = 'station-2';
  const attempt = async () => {
    const { certificateOwnershipToken } = await ask(client, '$aws/certificates/create/json', {});
    return ask(client, `$aws/provisioning-templates/tributary-${stage}-weather/provision/json`, {
      certificateOwnershipToken,
      parameters: { ThingName: thingName },
    });
  };
  const refused = async (why: string) => {
    const verdict = await attempt().then(
      () => 'admitted',
      (error: unknown) => String(error),
    );
    if (!/hook|AccessDenied|not allowed/i.test(verdict)) throw new Error(`a claim for ${why}: ${verdict}`);
  };
  await refused('a thing that nobody registered');
  await account.call('iot', 'create_thing', { thingName });
  await attempt();
  const { thingTypeName } = await account.call<{ thingTypeName?: string }>('iot', 'describe_thing', {
    thingName,
  });
  const { thingGroups } = await account.call<{ thingGroups: { groupName: string }[] }>(
    'iot',
    'list_thing_groups_for_thing',
    { thingName },
  );
  const expected = `tributary-${stage}-weather`;
  if (thingTypeName !== expected || thingGroups[0]?.groupName !== expected)
    throw new Error(`${thingName} is of type ${thingTypeName} in ${JSON.stringify(thingGroups)}`);
  await refused('a thing that has a certificate');
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
async function tryRules(account: EmulatedAccount, client: MqttClient, stage: string): Promise<void> {
  const { QueueUrl } = await account.call<{ QueueUrl: string }>('sqs', 'create_queue', {
    QueueName: 'probe',
  });
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
        actions: [
          { sqs: { queueUrl: QueueUrl, roleArn: 'arn:aws:iam::000000000000:role/probe', useBase64: false } },
        ],
      },
    });
  }
  const sent: readonly [topic: string, payload: string][] = [
    ['weather/station-1/observation', '{"temperature_c":21.5,"nested":{"list":[1,null,"é"]}}'],
    ['weather/station-1/status', '{"temperature_c":1}'],
    ['weather/observation', '{"temperature_c":2}'],
    ['weather/station-1/observation/extra', '{"temperature_c":3}'],
    ['weather/station-2/observation', '{"temperature_c":-4}'],
  ];
  for (const [topic, payload] of sent) await client.publishAsync(topic, payload, { qos: 1 });
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
