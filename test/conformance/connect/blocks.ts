import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPO } from '../places.ts';

/** The lake that docs/connect.md speaks of. */
export const DOCUMENTED = { bucket: 'my-lake', prefix: 'lake', table: 'weather/observations' };

/** The code blocks of docs/connect.md with exactly these words behind their fence, in order. @throws Error where there is none */
export async function documentedBlocks(info: string): Promise<readonly string[]> {
  const text = await readFile(join(REPO, 'docs', 'connect.md'), 'utf8');
  const blocks = Array.from(text.matchAll(/^```([^\n]+)\n([\s\S]*?)^```$/gm))
    .filter(([, words]) => words === info)
    .map(([, , code]) => code!);
  if (blocks.length === 0) throw new Error(`docs/connect.md has no block of ${info}`);
  return blocks;
}

/** The statements of documented SQL, over a table that lies elsewhere. @throws Error where the SQL names no location */
export async function documentedStatements(info: string, location: string): Promise<readonly string[]> {
  const sql = (await documentedBlocks(info)).join('\n');
  const { bucket, prefix, table } = DOCUMENTED;
  const moved = sql.replaceAll(new RegExp(`s3a?://${bucket}/${prefix}/${table}`, 'g'), location);
  if (moved === sql) throw new Error(`the block of ${info} names no table at ${bucket}`);
  return moved
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
