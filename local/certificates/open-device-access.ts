import type { IotRule } from '../../src/fleet/index.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { createDeviceAccess, type DeviceAccess } from '../device-access.ts';
import { createDevicePolicy } from '../device-policy.ts';
import { openThingRegistry } from './thing-registry.ts';

/**
 * The access of the devices that are registered in the folder, which may go on while it is open. The broker's key and
 * certificate are made for this run.
 *
 * @throws UsageError where the folder cannot be used
 */
export async function openDeviceAccess(
  folder: string,
  fleets: readonly Fleet[],
  rules: readonly IotRule[],
): Promise<DeviceAccess & { readonly close: () => void }> {
  // the library of certificates is loaded where somebody wants them
  const { openAuthority } = await import('./authority.ts');
  const authority = await openAuthority(folder);
  const server = await authority.certifyServer();
  const registry = openThingRegistry(folder);
  const access = createDeviceAccess({
    ...server,
    authorityPem: authority.certificatePem,
    thingOf: (fingerprint) => registry.find(fingerprint),
    mayPublish: createDevicePolicy(fleets, rules),
  });
  return { ...access, close: () => registry.close() };
}
