import { mkdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../src/errors.ts';

/** What a device needs to connect by mutual TLS, in PEM. */
export type DeviceCredentials = {
  readonly keyPem: string;
  readonly certificatePem: string;
  /** what it trusts the broker by */
  readonly authorityPem: string;
};

export type DeviceFiles = { readonly key: string; readonly certificate: string; readonly authority: string };

/**
 * Writes what `make` comes to. The place of the key is taken before: a certificate whose key could not be kept would be of
 * no use. Where `make` rejects nothing stays.
 *
 * @throws UsageError where the folder cannot be written or holds a device's key already
 */
export async function keepDeviceFiles(
  folder: string,
  make: () => Promise<DeviceCredentials>,
): Promise<DeviceFiles> {
  const { key, certificate, authority } = deviceFiles(folder);
  await reserve(folder, key);
  try {
    const { keyPem, certificatePem, authorityPem } = await make();
    await writeFile(key, keyPem);
    await writeFile(certificate, certificatePem);
    await writeFile(authority, authorityPem);
    return { key, certificate, authority };
  } catch (error) {
    await unlink(key);
    throw error;
  }
}

async function reserve(folder: string, key: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(key, '', { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'EEXIST' ? 'holds a device’s key already' : `cannot be written (${code ?? String(error)})`;
    throw new UsageError(`${folder} ${why}: pass another --out`, { cause: error });
  }
}

/** Where the files of a device lie in its folder. */
export function deviceFiles(folder: string): DeviceFiles {
  return {
    key: join(folder, 'device.key'),
    certificate: join(folder, 'device.crt'),
    authority: join(folder, 'authority.crt'),
  };
}

/** The folder of a device among those of others: a thing's name may have colons, which not every file system takes. */
export function deviceFolder(name: string): string {
  return name.replaceAll(':', '_');
}
