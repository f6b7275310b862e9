import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes folders below `root` (and the root) so that they outlive a loss of power: a new level stands in its parent, which
 * has to go to disk. A folder that was there already may be a rival's of a moment ago: the first use in this process
 * syncs the levels up to the root all the same.
 */
export function createFolderMaker(root: string): (folder: string) => Promise<void> {
  const durable = new Set<string>();
  return async (folder) => {
    const made = await mkdir(folder, { recursive: true });
    if (made === undefined && durable.has(folder)) return;
    // mkdir names the highest level that it made: only what it made may lie above the root
    const top = made !== undefined && made.length <= root.length ? dirname(made) : root;
    for (let path = folder; path !== top; path = dirname(path)) await syncFolder(dirname(path));
    durable.add(folder);
  };
}

/** Takes the names in a folder to disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
