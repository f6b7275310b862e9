import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPO = fileURLToPath(new URL('../..', import.meta.url));

/** Tables and judges that are no part of the repo; `TRIBUTARY_SHARED` names another folder. */
export const SHARED = resolve(process.env['TRIBUTARY_SHARED'] ?? join(REPO, '..', 'shared'));

/** The checker of Delta tables, which knows no Delta library and none of our code. */
export const DELTA_CHECK = join(SHARED, 'verify', 'delta_check.py');

/** Git ignores it; deleting it costs a download. */
export const CACHE = join(REPO, '.cache', 'conformance');
