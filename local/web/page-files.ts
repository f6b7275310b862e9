import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Context, Hono } from 'hono';

/** Where `npm run page` puts the page; npm ci does so by itself. */
export const PAGE_FOLDER = fileURLToPath(new URL('../../dashboard/dist', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

/** Stands in the page's markup where the nonce of this answer goes. */
const NONCE = '__NONCE__';

const NOT_BUILT = `<!doctype html><html lang="en"><title>Tributary</title>
<p>The page is not built: run <code>npm run page</code> once, and reload. The API is there all the same, below
<code>/api/v1/</code>.</p></html>`;

/** The built page: its files by name, and its markup under every other path, for its views have addresses. */
export function pageFiles(folder: string) {
  const files = new Map<string, Buffer<ArrayBuffer>>();
  if (existsSync(folder)) {
    for (const name of readdirSync(folder)) files.set(`/${name}`, readFileSync(join(folder, name)));
  }
  const markup = files.get('/index.html')?.toString() ?? NOT_BUILT;

  function answer(context: Context): Response {
    const { path } = context.req;
    const file = path === '/index.html' ? undefined : files.get(path);
    if (file !== undefined) {
      // names carry a hash of what is in them
      context.header('cache-control', 'public, max-age=31536000, immutable');
      return context.body(file, 200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });
    }
    if (extname(path) !== '') return context.text('there is no such file', 404);
    const nonce = randomBytes(16).toString('base64');
    context.header('content-security-policy', policyOf(nonce));
    context.header('cache-control', 'no-store');
    return context.html(markup.replaceAll(NONCE, nonce));
  }
  return new Hono().get('*', answer);
}

/** Nothing from elsewhere, nothing inline but the styles that the editor makes. */
function policyOf(nonce: string): string {
  return [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self' 'nonce-${nonce}'`,
    // the editor sets the width of its tabs so
    `style-src-attr 'unsafe-inline'`,
    `img-src 'self' data:`,
    `connect-src 'self'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ');
}
