import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../src/errors.ts';
import { createFolderStore } from '../src/stores/folder-store.ts';
import type { ObjectStore } from '../src/stores/object-store.ts';

/** The lake of a data dir that something ran on already. Reading makes no folder. */
export function openExistingLake(dataDir: string): ObjectStore {
  const folder = join(dataDir, 'lake');
  if (!existsSync(folder)) {
    throw new UsageError(
      `there is no lake in ${dataDir}: run npm start first, or pass the --data-dir that it used`,
    );
  }
  return createFolderStore(folder);
}
