import 'reflect-metadata';
import { randomBytes, randomUUID, type webcrypto } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { UsageError } from '../../src/errors.ts';
import { ensureDataDir, writeFileAtomically } from '../data-dir.ts';
import { exportPrivateKey, importPrivateKey, SIGNATURE } from './keys.ts';

/** The laptop's certificate authority: it signs for the devices and for the broker of one data dir. */
export type Authority = {
  /** what devices trust the broker by, and the broker its devices */
  readonly certificatePem: string;
  /** Certifies a device's key, for a client. Rejects with a UsageError where the request is none or its signature is wrong. */
  certifyDevice(requestPem: string): Promise<string>;
  /** A new key and certificate of a server at `localhost`, `127.0.0.1` and `::1`. */
  certifyServer(): Promise<{ readonly keyPem: string; readonly certificatePem: string }>;
};

/** Key and certificate in one file, so that there are both or none. */
const AUTHORITY_FILE = 'authority.pem';
/** The certificate alone, for clients. */
export const AUTHORITY_CERTIFICATE_FILE = 'authority.crt';

const DAY = 86_400_000;
const AUTHORITY_DAYS = 3650;
/** What browsers and Apple's TLS allow a server. */
const SERVER_DAYS = 397;

/**
 * The authority that is kept in the folder, made where there is none yet. Of several processes that make it at once one
 * is heard, and all have the same.
 *
 * @throws UsageError where the folder cannot be written or holds something else.
 */
export async function openAuthority(folder: string): Promise<Authority> {
  await ensureDataDir(folder);
  const path = join(folder, AUTHORITY_FILE);
  const pem = (await readIfThere(path)) ?? (await create(path));
  const { key, certificate } = await parse(path, pem);
  const certificatePem = `${certificate.toString('pem')}\n`;
  await writeFileAtomically(join(folder, AUTHORITY_CERTIFICATE_FILE), certificatePem);

  async function certify(
    subject: x509.Name,
    publicKey: webcrypto.CryptoKey | x509.PublicKey,
    days: number,
    extensions: x509.Extension[],
  ): Promise<string> {
    const now = Date.now();
    const signed = await x509.X509CertificateGenerator.create({
      serialNumber: createSerialNumber(),
      subject: subject.toString(),
      issuer: certificate.subject,
      // clocks differ
      notBefore: new Date(now - DAY),
      notAfter: new Date(Math.min(now + days * DAY, certificate.notAfter.getTime())),
      publicKey,
      signingKey: key,
      signingAlgorithm: SIGNATURE,
      extensions: [new x509.BasicConstraintsExtension(false, undefined, true), ...extensions],
    });
    return `${signed.toString('pem')}\n`;
  }

  return {
    certificatePem,
    async certifyDevice(requestPem) {
      const request = await verifyRequest(requestPem);
      return certify(request.subjectName, request.publicKey, AUTHORITY_DAYS, [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ]);
    },
    async certifyServer() {
      const keys = await crypto.subtle.generateKey(SIGNATURE, true, ['sign', 'verify']);
      const certified = await certify(new x509.Name([{ CN: ['localhost'] }]), keys.publicKey, SERVER_DAYS, [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([
          { type: 'dns', value: 'localhost' },
          { type: 'ip', value: '127.0.0.1' },
          { type: 'ip', value: '::1' },
        ]),
      ]);
      return { keyPem: await exportPrivateKey(keys.privateKey), certificatePem: certified };
    },
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(`${path} cannot be read (${String((error as NodeJS.ErrnoException).code)})`, {
      cause: error,
    });
  }
}

/** Under its name once it is whole, and only where nobody was faster. */
async function create(path: string): Promise<string> {
  const keys = await crypto.subtle.generateKey(SIGNATURE, true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: createSerialNumber(),
    // another data dir's authority is another one, also by its name
    name: new x509.Name([
      { CN: [`Tributary on this computer ${randomBytes(4).toString('hex')}`] },
    ]).toString(),
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + AUTHORITY_DAYS * DAY),
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const pem = `${await exportPrivateKey(keys.privateKey)}${certificate.toString('pem')}\n`;
  const temporary = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporary, pem, { mode: 0o600, flag: 'wx' });
  try {
    await link(temporary, path);
    return pem;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return await readFile(path, 'utf8');
  } finally {
    await unlink(temporary);
  }
}

async function parse(path: string, pem: string) {
  try {
    const [, keyPem = '', certificatePem = ''] =
      /^(-----BEGIN PRIVATE KEY-----.*-----END PRIVATE KEY-----\n)(.*)$/s.exec(pem) ?? [];
    return {
      key: await importPrivateKey(keyPem),
      certificate: new x509.X509Certificate(certificatePem),
    };
  } catch (error) {
    throw new UsageError(`${path} holds no key and certificate: move it away, and another is made`, {
      cause: error,
    });
  }
}

async function verifyRequest(requestPem: string): Promise<x509.Pkcs10CertificateRequest> {
  let request: x509.Pkcs10CertificateRequest;
  try {
    request = new x509.Pkcs10CertificateRequest(requestPem);
  } catch (error) {
    throw new UsageError('what was given is no certificate signing request in PEM', { cause: error });
  }
  // who asks has to have the key
  if (!(await request.verify()))
    throw new UsageError(`the signing request of ${request.subject} is not signed by the key that it names`);
  return request;
}

/** 127 random bits: positive, and without a leading zero byte. */
function createSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex');
}
