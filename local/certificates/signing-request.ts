import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { exportPrivateKey, SIGNATURE } from './keys.ts';

/** What a device needs before anybody has certified it: its key, which stays with it, and what it asks a signature for. */
export type SigningRequest = {
  /** PKCS #8 */
  readonly keyPem: string;
  /** PKCS #10 */
  readonly requestPem: string;
};

/** A new key pair (P-256, which IoT Core takes) and a request to certify it for `name`. */
export async function createSigningRequest(name: string): Promise<SigningRequest> {
  const keys = await crypto.subtle.generateKey(SIGNATURE, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: new x509.Name([{ CN: [name] }]).toString(),
    keys,
    signingAlgorithm: SIGNATURE,
  });
  return { keyPem: await exportPrivateKey(keys.privateKey), requestPem: request.toString('pem') };
}
