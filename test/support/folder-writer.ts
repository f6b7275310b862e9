/** A process of its own that writes into a folder store, for tests that race or kill it. */
import { createHash, randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { TributaryError } from '../../src/errors.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';

const [mode, root = '', ...rest] = process.argv.slice(2);
const store = createFolderStore(root);

switch (mode) {
  case 'once':
    await createOnce(rest[0] ?? '');
    break;
  case 'race':
    await race(rest[0] ?? '', Number(rest[1]));
    break;
  case 'commit':
    await commitForEver(rest[0] ?? '');
    break;
  default:
    throw new Error(`unknown mode ${mode}`);
}

async function createOnce(key: string): Promise<void> {
  try {
    say(await store.putIfAbsent(key, Buffer.from('once')));
  } catch (error) {
    if (!(error instanceof TributaryError)) throw error;
    say(`${error.name} ${error.retriable} ${error.message}`);
  }
}

async function race(writer: string, keys: number): Promise<void> {
  for (let i = 0; i < keys; i++) {
    const key = `race/${i}`;
    if ((await store.putIfAbsent(key, Buffer.from(`writer ${writer}`))) === 'created')
      say(`${key} ${writer}`);
  }
}

/** Objects of a megabyte that end with their digest, several at a time. */
async function commitForEver(run: string): Promise<void> {
  const body = randomBytes(1 << 20);
  const bytes = Buffer.concat([body, createHash('sha256').update(body).digest()]);
  for (let i = 0; ; i += 3) {
    await Promise.all(
      [i, i + 1, i + 2].map(async (n) => {
        const key = `log/${run}-${n}`;
        if (n % 3 === 2) await store.put(key, bytes);
        else await store.putIfAbsent(key, bytes);
        say(`created ${key}`);
      }),
    );
  }
}

/** Synchronous: what is said has happened before the kill. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}
