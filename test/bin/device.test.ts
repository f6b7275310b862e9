import { X509Certificate, createPrivateKey } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openThingRegistry } from '../../local/certificates/thing-registry.ts';
import { runCli, runCliForJson, temporaryPath } from '../support/cli.ts';

type Registered = { readonly key: string; readonly certificate: string; readonly authority: string };

describe('npm run device', () => {
  it('registers a device with the local broker, and takes its certificate back', async () => {
    const dataDir = temporaryPath('data');
    const files = await runCliForJson<Registered>(
      ...['device', 'register', 'station-1', '--fleet', 'weather', '--data-dir', dataDir],
    );
    const certificate = new X509Certificate(readFileSync(files.certificate));
    expect(certificate.subject).toBe('CN=station-1');
    expect(certificate.checkPrivateKey(createPrivateKey(readFileSync(files.key)))).toBe(true);
    expect(certificate.verify(new X509Certificate(readFileSync(files.authority)).publicKey)).toBe(true);
    if (process.platform !== 'win32') expect(statSync(files.key).mode & 0o777).toBe(0o600);

    const registry = openThingRegistry(join(dataDir, 'certificates'));
    onTestFinished(() => registry.close());
    expect(registry.find(certificate.fingerprint256)).toEqual({ name: 'station-1', attributes: {} });
    expect(await runCliForJson('device', 'revoke', 'station-1', '--data-dir', dataDir)).toEqual({
      name: 'station-1',
      revoked: 1,
    });
    expect(registry.find(certificate.fingerprint256)).toBeUndefined();
  });

  it.each([
    [['register', 'station 1', '--fleet', 'weather'], /"station 1" is no name for a thing/],
    [['register', 'station-1', '--fleet', 'weather', '--stage', 'qa'], /choices are dev, prod/],
    [
      ['register', 'station-1', '--fleet', 'weather', '--attribute', 'line'],
      /name and a value, as in line=A/,
    ],
    [
      ['claim', 'station-1', '--fleet', 'weather', '--stage', 'dev', '--claim-key', 'x'],
      /pass --claim-certificate and --claim-key, or neither/,
    ],
    [['revoke', 'station-1'], /no device "station-1" is registered in /],
  ])('says in one line what is wrong with %j', async (args, says) => {
    const dataDir = temporaryPath('data');
    const { code, stdout, stderr } = await runCli('device', ...args, '--data-dir', dataDir);
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/^tributary: [^\n]+\n$/);
    expect([code, stdout]).toEqual([2, '']);
    expect(existsSync(dataDir)).toBe(false);
  });
});
