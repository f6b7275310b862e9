import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Authority, openAuthority } from '../../../local/certificates/authority.ts';
import { createSigningRequest } from '../../../local/certificates/signing-request.ts';
import { openThingRegistry } from '../../../local/certificates/thing-registry.ts';
import { UsageError } from '../../../src/errors.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-certificates-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function certify(authority: Authority, name: string) {
  const { keyPem, requestPem } = await createSigningRequest(name);
  return { keyPem, certificatePem: await authority.certifyDevice(requestPem) };
}

/** A broker's side of mutual TLS: it says by whose certificate the client came. */
async function startServer(authority: Authority) {
  const { keyPem, certificatePem } = await authority.certifyServer();
  const server = createServer({
    key: keyPem,
    cert: certificatePem,
    ca: authority.certificatePem,
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => undefined);
    socket.end(socket.getPeerCertificate().fingerprint256);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function fingerprintSeen(port: number, client: object): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, ...client });
  let said = '';
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const closed = Promise.withResolvers<void>();
  socket.once('error', closed.reject);
  socket.once('close', () => closed.resolve());
  await closed.promise;
  if (said === '') throw new Error('the server closed without a word');
  return said;
}

describe('the laptop’s certificate authority', () => {
  it('lets devices and broker know each other by mutual TLS, each device by its own certificate', async () => {
    const folder = temporaryFolder();
    const authority = await openAuthority(folder);
    const registry = openThingRegistry(folder);
    onTestFinished(() => registry.close());
    const port = await startServer(authority);
    for (const name of ['press-1', 'press-2']) {
      const { keyPem, certificatePem } = await certify(authority, name);
      registry.register({ name, attributes: { line: 'A' } }, certificatePem);
      const seen = await fingerprintSeen(port, {
        key: keyPem,
        cert: certificatePem,
        ca: authority.certificatePem,
      });
      expect(registry.find(seen)).toEqual({ name, attributes: { line: 'A' } });
    }
  });

  it('knows nobody whom it did not certify, and is trusted by nobody else’s devices', async () => {
    const authority = await openAuthority(temporaryFolder());
    const stranger = await openAuthority(temporaryFolder());
    const port = await startServer(authority);
    const strange = await certify(stranger, 'press-1');
    const client = { key: strange.keyPem, cert: strange.certificatePem };
    await expect(fingerprintSeen(port, { ...client, ca: authority.certificatePem })).rejects.toThrow();
    await expect(fingerprintSeen(port, { ca: authority.certificatePem })).rejects.toThrow();
    await expect(fingerprintSeen(port, { ...client, ca: stranger.certificatePem })).rejects.toThrow(
      /self-signed|unable to|verif/i,
    );
  });

  it('is one for a data dir, also where several processes make it at once, and its key is its own', async () => {
    const folder = temporaryFolder();
    const opened = await Promise.all([1, 2, 3].map(() => openAuthority(folder)));
    opened.push(await openAuthority(folder));
    expect(new Set(opened.map(({ certificatePem }) => certificatePem)).size).toBe(1);
    expect(readFileSync(join(folder, 'authority.crt'), 'utf8')).toBe(opened[0]!.certificatePem);
    if (process.platform !== 'win32')
      expect(statSync(join(folder, 'authority.pem')).mode & 0o777).toBe(0o600);
  });

  it('certifies only who has the key that the request names', async () => {
    const authority = await openAuthority(temporaryFolder());
    const { requestPem } = await createSigningRequest('press-1');
    const [head, ...lines] = requestPem.trim().split('\n');
    const body = Buffer.from(lines.slice(0, -1).join(''), 'base64');
    body[body.length - 1]! ^= 1;
    const forged = [head, body.toString('base64'), lines.at(-1)].join('\n');
    await expect(authority.certifyDevice(forged)).rejects.toThrow(UsageError);
    await expect(authority.certifyDevice('press-1, please')).rejects.toThrow(
      /no certificate signing request/,
    );
  });

  it('says so where its file is something else', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'authority.pem'), 'half a key');
    await expect(openAuthority(folder)).rejects.toThrow(/authority\.pem holds no key and certificate/);
  });

  it('gives certificates that are for clients or servers, and no authorities themselves', async () => {
    const authority = await openAuthority(temporaryFolder());
    const device = new X509Certificate((await certify(authority, 'press-1')).certificatePem);
    const server = new X509Certificate((await authority.certifyServer()).certificatePem);
    const root = new X509Certificate(authority.certificatePem);
    expect([device.ca, server.ca, root.ca]).toEqual([false, false, true]);
    expect(device.subject).toBe('CN=press-1');
    expect(device.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.checkHost('localhost')).toBe('localhost');
    for (const each of [device, server]) expect(each.verify(root.publicKey)).toBe(true);
  });
});

describe('the registry of things', () => {
  it('knows a thing by each of its certificates, until they are revoked', async () => {
    const folder = temporaryFolder();
    const authority = await openAuthority(folder);
    const [here, elsewhere] = [openThingRegistry(folder), openThingRegistry(folder)];
    onTestFinished(() => [here, elsewhere].forEach((registry) => registry.close()));
    const certificates = [await certify(authority, 'well-1'), await certify(authority, 'well-1')];
    for (const { certificatePem } of certificates)
      here.register({ name: 'well-1', attributes: {} }, certificatePem);
    const fingerprints = certificates.map(
      ({ certificatePem }) => new X509Certificate(certificatePem).fingerprint256,
    );
    expect(fingerprints.map((each) => elsewhere.find(each)?.name)).toEqual(['well-1', 'well-1']);
    expect(here.revoke('well-1')).toBe(2);
    expect(fingerprints.map((each) => elsewhere.find(each))).toEqual([undefined, undefined]);
    expect(elsewhere.revoke('well-1')).toBe(0);
    expect(elsewhere.revoke('well-2')).toBeUndefined();
  });

  it('takes no name and no attribute that IoT Core would not', async () => {
    const folder = temporaryFolder();
    const { certificatePem } = await certify(await openAuthority(folder), 'x');
    const registry = openThingRegistry(folder);
    onTestFinished(() => registry.close());
    for (const thing of [
      { name: 'well 1', attributes: {} },
      { name: 'wells/+', attributes: {} },
      { name: '', attributes: {} },
      { name: 'well-1', attributes: { line: 'hall A' } },
      { name: 'well-1', attributes: { line: '+' } },
      { name: 'well-1', attributes: { line: '' } },
    ]) {
      expect(() => registry.register(thing, certificatePem), JSON.stringify(thing)).toThrow(UsageError);
    }
  });
});
