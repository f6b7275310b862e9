/** `npm run borders`: holds the imports of every room against the arrows of `rules.ts`, and finds files that import each other. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { checkBorders } from './check-borders.ts';
import { findCircles } from './find-circles.ts';

// what is not committed yet counts as well
const listed = execFileSync('git', [
  'ls-files',
  '-z',
  '--cached',
  '--others',
  '--exclude-standard',
  '*.ts',
  '*.tsx',
  '*.mjs',
]);
const paths = listed
  .toString()
  .split('\0')
  .filter((path) => path !== '' && existsSync(path));
const files = new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]));
const violations = [...checkBorders(files), ...findCircles(files)];
for (const violation of violations) console.error(violation);
console.log(`borders: ${paths.length} files, ${violations.length} violations`);
process.exitCode = violations.length === 0 ? 0 : 1;
