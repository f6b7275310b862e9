import type { Credentials, DeviceIdentity } from '../../device-sim/transport.ts';
import { createSigningRequest } from './signing-request.ts';
import { openAuthority } from './authority.ts';
import { openThingRegistry } from './thing-registry.ts';

/** Certificates for simulated devices, made as they connect. */
export type CredentialSource = {
  credentialsOf(device: DeviceIdentity): Promise<Credentials>;
  close(): void;
};

/**
 * Registers devices with the local authority of the folder as they ask, each once. Their keys are kept in memory only: after
 * the run nobody can use their certificates.
 *
 * @throws UsageError where the folder cannot be used
 */
export async function openSimulatedCredentials(folder: string): Promise<CredentialSource> {
  const authority = await openAuthority(folder);
  const registry = openThingRegistry(folder);
  const known = new Map<string, Promise<Credentials>>();

  async function certify({ id, attributes }: DeviceIdentity): Promise<Credentials> {
    const { keyPem, requestPem } = await createSigningRequest(id);
    const certificate = await authority.certifyDevice(requestPem);
    registry.register({ name: id, attributes }, certificate);
    return { key: keyPem, certificate, authority: authority.certificatePem };
  }

  return {
    credentialsOf(device) {
      const credentials = known.get(device.id) ?? certify(device);
      known.set(device.id, credentials);
      return credentials;
    },
    close: () => registry.close(),
  };
}
