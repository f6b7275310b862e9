import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Credentials, DeviceIdentity } from '../device-sim/transport.ts';
import { UsageError } from '../src/errors.ts';
import { deviceFiles, deviceFolder } from './device-files.ts';

/** Where simulated devices have their certificates from. */
export type CredentialSettings =
  /** made by the authority of a data dir as they connect; its folder of certificates */
  | { readonly kind: 'local'; readonly folder: string }
  /** one for all, so for one device: files in PEM */
  | {
      readonly kind: 'files';
      readonly certificate: string;
      readonly key: string;
      readonly authority: string | undefined;
    }
  /** a folder for each device, by its name, as `npm run device` makes them */
  | { readonly kind: 'folders'; readonly folder: string };

export type OpenCredentials = {
  readonly credentialsOf: (device: DeviceIdentity) => Promise<Credentials>;
  readonly close: () => void;
};

/** @throws UsageError where they cannot be made or read */
export async function openCredentials(settings: CredentialSettings): Promise<OpenCredentials> {
  switch (settings.kind) {
    case 'local': {
      const { openSimulatedCredentials } = await import('../local/certificates/simulated-credentials.ts');
      return openSimulatedCredentials(settings.folder);
    }
    case 'files': {
      const { certificate, key, authority } = settings;
      const credentials = await readCredentials(certificate, key, authority);
      return { credentialsOf: () => Promise.resolve(credentials), close: () => undefined };
    }
    case 'folders':
      return {
        credentialsOf({ id }) {
          const { certificate, key, authority } = deviceFiles(join(settings.folder, deviceFolder(id)));
          return readCredentials(certificate, key, authority);
        },
        close: () => undefined,
      };
  }
}

async function readCredentials(
  certificate: string,
  key: string,
  authority: string | undefined,
): Promise<Credentials> {
  return {
    certificate: await readPem(certificate),
    key: await readPem(key),
    authority: authority === undefined ? undefined : await readPem(authority),
  };
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError(`${path} cannot be read (${code ?? String(cause)})`, { cause });
  }
}
