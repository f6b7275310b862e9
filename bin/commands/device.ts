import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { STAGE_NAMES, type StageName, templateName } from '../../lib/stage-names.ts';
import { dataDirPaths } from '../../local/data-dir.ts';
import { assertThing, openThingRegistry, type Thing } from '../../local/certificates/thing-registry.ts';
import { UsageError } from '../../src/errors.ts';
import { policyAttributes } from '../../src/fleet/index.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { deviceFolder, type DeviceFiles, keepDeviceFiles } from '../device-files.ts';
import { chooseFleets, findFleet } from '../fleets.ts';
import { addCommonOptions, type CommonOptions } from '../options.ts';
import { printResult } from '../output.ts';

type StageOptions = CommonOptions & { readonly stage?: StageName };
type ThingOptions = StageOptions & {
  readonly fleet: string;
  readonly attribute?: Readonly<Record<string, string>>;
  readonly out?: string;
};
type ClaimOptions = ThingOptions & {
  readonly stage: StageName;
  readonly claimCertificate?: string;
  readonly claimKey?: string;
};

// The libraries of certificates and of AWS are loaded by the actions that use them: no other command waits for them.
export function deviceCommand(): Command {
  return new Command('device')
    .description('who may publish: a thing and its certificate, for the local broker or in AWS')
    .helpCommand(false)
    .addCommand(registerCommand())
    .addCommand(claimCommand())
    .addCommand(revokeCommand());
}

function registerCommand(): Command {
  return addThingOptions(new Command('register').description('makes a device’s key and certificate'))
    .addOption(stageOption())
    .action(async (name: string, options: ThingOptions) => {
      const thing = await describeThing(name, options);
      const { stage, fleet } = options;
      const { createSigningRequest } = await import('../../local/certificates/signing-request.ts');
      const files = await keepDeviceFiles(chooseFolder(name, options), async () => {
        const { keyPem, requestPem } = await createSigningRequest(name);
        const signed =
          stage === undefined
            ? await registerLocally(thing, requestPem, options)
            : await registerInAws(thing, requestPem, stage, fleet);
        return { keyPem, ...signed };
      });
      await report(files, thing, options);
    });
}

function claimCommand(): Command {
  return addThingOptions(
    new Command('claim').description('provisions a device by AWS’s fleet provisioning, as it would itself'),
  )
    .addOption(stageOption().makeOptionMandatory())
    .option('--claim-certificate <file>', 'the claim’s certificate; a temporary one is asked for by default')
    .option('--claim-key <file>', 'its private key')
    .action(async (name: string, options: ClaimOptions) => {
      const thing = await describeThing(name, options);
      const given = await readClaim(options);
      const [{ claimThing, createTemporaryClaim }, { amazonRoots, connectIot, findIotEndpoint }, signing] =
        await Promise.all([
          import('../iot-claim.ts'),
          import('../iot-things.ts'),
          import('../../local/certificates/signing-request.ts'),
        ]);
      const client = connectIot();
      const template = templateName({ name: options.stage }, options.fleet);
      const files = await keepDeviceFiles(chooseFolder(name, options), async () => {
        const request = await signing.createSigningRequest(name);
        const authorityPem = amazonRoots();
        const certificatePem = await claimThing({
          endpoint: await findIotEndpoint(client),
          authorityPem,
          claim: given ?? (await createTemporaryClaim(client, template)),
          templateName: template,
          thing,
          request,
        });
        return { keyPem: request.keyPem, certificatePem, authorityPem };
      });
      await report(files, thing, options);
    });
}

function revokeCommand(): Command {
  return addCommonOptions(new Command('revoke').description('takes all certificates of a device back'))
    .argument('<name>', 'the device’s name')
    .addOption(stageOption())
    .action(async (name: string, options: StageOptions) => {
      const revoked = options.stage === undefined ? revokeLocally(name, options) : await revokeInAws(name);
      const certificates = `${revoked} ${revoked === 1 ? 'certificate' : 'certificates'}`;
      printResult(options.json ?? false, { name, revoked }, [`${certificates} of ${name} revoked`]);
    });
}

function addThingOptions(command: Command): Command {
  return addCommonOptions(command)
    .argument('<name>', 'the device’s name, which its topics carry')
    .requiredOption('--fleet <name>', 'whose topics it publishes to')
    .option(
      '--attribute <name=value>',
      'an attribute that its topics are made of; may be given several times',
      parseAttribute,
    )
    .option('--out <folder>', 'where its key and certificate go', (text) => resolve(text));
}

function stageOption(): Option {
  return new Option('--stage <name>', 'in AWS, for this stage, instead of the local broker').choices(
    STAGE_NAMES,
  );
}

function parseAttribute(
  text: string,
  previous: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const equals = text.indexOf('=');
  if (equals <= 0) throw new InvalidArgumentError('give a name and a value, as in line=A.');
  return { ...previous, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** Refuses a thing that could publish nothing: its fleet's topics are made of attributes that it does not have. */
async function describeThing(name: string, options: ThingOptions): Promise<Thing> {
  const { fleets } = await chooseFleets(options, 'shipped');
  const fleet: Fleet = findFleet(fleets, options.fleet);
  const thing = { name, attributes: options.attribute ?? {} };
  assertThing(thing);
  const missing = policyAttributes(fleet).filter((attribute) => !(attribute in thing.attributes));
  if (missing.length === 0) return thing;
  throw new UsageError(
    `topics of ${fleet.name} are made of the device’s ${missing.join(', ')}: pass ` +
      missing.map((attribute) => `--attribute ${attribute}=VALUE`).join(' '),
  );
}

function chooseFolder(name: string, { out, dataDir, stage }: ThingOptions): string {
  return out ?? join(dataDir, 'devices', stage ?? 'local', deviceFolder(name));
}

async function registerLocally(thing: Thing, requestPem: string, { dataDir }: CommonOptions) {
  const { openAuthority } = await import('../../local/certificates/authority.ts');
  const { certificates } = dataDirPaths(dataDir);
  const authority = await openAuthority(certificates);
  const certificatePem = await authority.certifyDevice(requestPem);
  const registry = openThingRegistry(certificates);
  try {
    registry.register(thing, certificatePem);
  } finally {
    registry.close();
  }
  return { certificatePem, authorityPem: authority.certificatePem };
}

async function registerInAws(thing: Thing, requestPem: string, stage: StageName, fleet: string) {
  const { amazonRoots, connectIot, registerThing } = await import('../iot-things.ts');
  const certificatePem = await registerThing(connectIot(), { stage, fleet, thing, requestPem });
  return { certificatePem, authorityPem: amazonRoots() };
}

function revokeLocally(name: string, { dataDir }: CommonOptions): number {
  const { certificates } = dataDirPaths(dataDir);
  const unknown = new UsageError(`no device ${JSON.stringify(name)} is registered in ${dataDir}`);
  // nothing was ever registered, and revoking makes no folder
  if (!existsSync(certificates)) throw unknown;
  const registry = openThingRegistry(certificates);
  try {
    const revoked = registry.revoke(name);
    if (revoked === undefined) throw unknown;
    return revoked;
  } finally {
    registry.close();
  }
}

async function revokeInAws(name: string): Promise<number> {
  const { connectIot, revokeThing } = await import('../iot-things.ts');
  return revokeThing(connectIot(), name);
}

async function readClaim({ claimCertificate, claimKey }: ClaimOptions) {
  if (claimCertificate === undefined && claimKey === undefined) return undefined;
  if (claimCertificate === undefined || claimKey === undefined)
    throw new UsageError(
      'a claim is a certificate and its key: pass --claim-certificate and --claim-key, or neither',
    );
  return { certificatePem: await readPem(claimCertificate), keyPem: await readPem(claimKey) };
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${String((error as NodeJS.ErrnoException).code)})`, {
      cause: error,
    });
  }
}

async function report(files: DeviceFiles, thing: Thing, options: ThingOptions): Promise<void> {
  const endpoint = options.stage === undefined ? null : await findEndpoint();
  const where = endpoint ?? 'the broker of npm start -- --mtls';
  printResult(options.json ?? false, { ...thing, endpoint, ...files }, [
    `${thing.name} of ${options.fleet} is registered; under this name it connects to ${where} with`,
    `  key          ${files.key}`,
    `  certificate  ${files.certificate}`,
    `  and trusts   ${files.authority}`,
  ]);
}

async function findEndpoint(): Promise<string> {
  const { connectIot, findIotEndpoint } = await import('../iot-things.ts');
  return findIotEndpoint(connectIot());
}
