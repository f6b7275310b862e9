import { commit } from '../src/delta/commit.ts';
import { createTable } from '../src/delta/create-table.ts';
import { realDeps } from '../src/delta/real-deps.ts';
import { writeFiles } from '../src/delta/write-files.ts';
import { createFolderStore } from '../src/stores/folder-store.ts';
import { prefixedStore } from '../src/stores/object-store.ts';
import { DAY, DEVICES, layout, readingsBetween, schema, START } from './hundred-devices.ts';

const DAYS = 366;

/** A year of the devices in a lake in a folder, a file a day; so many rows a day and device, evenly. Returns how many in all. */
export async function fillYear(folder: string, rowsPerDevice: number): Promise<number> {
  const store = prefixedStore(createFolderStore(folder), 'bench/readings/');
  const { partitionColumns } = layout;
  const base = await createTable(store, { schema, partitionColumns }, realDeps);
  const adds = [];
  for (let day = 0; day < DAYS; day++) {
    const from = START + day * DAY;
    adds.push(
      ...(await writeFiles(store, readingsBetween(from, from + DAY, DAY / rowsPerDevice), layout, realDeps)),
    );
  }
  await commit(store, { base, operation: 'WRITE', adds, reads: 'nothing' }, realDeps);
  return DAYS * DEVICES * rowsPerDevice;
}
