import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { REPOSITORY } from '../support/cli.ts';

/** Where people's own browsers are. */
const KNOWN = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
const LIBRARIES = ['/usr/lib/x86_64-linux-gnu', '/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib'];

/** The path of a browser: the system's, or the one that npm brings for Linux; undefined where there is none. */
export async function findBrowser(): Promise<string | undefined> {
  const own = process.env['TEST_BROWSER'] ?? KNOWN.find((path) => existsSync(path));
  if (own !== undefined) return own;
  return process.platform === 'linux' && process.arch === 'x64' ? unpackBrowser() : undefined;
}

export function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--headless=shell', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

/** Unpacks once a checkout, beside the tools of the conformance tests; another process never sees half of it. */
async function unpackBrowser(): Promise<string> {
  const manifest = readFileSync(join(REPOSITORY, 'node_modules/@sparticuz/chromium/package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { readonly version: string };
  const folder = join(REPOSITORY, '.cache', `chromium-${version}`);
  const path = join(folder, 'chromium');
  const needsLibraries = !LIBRARIES.some((each) => existsSync(join(each, 'libnss3.so')));
  // the package's own libraries come with what it takes for Lambda
  if (needsLibraries) process.env['AWS_EXECUTION_ENV'] ??= 'AWS_Lambda_nodejs22.x';
  if (existsSync(path) && !needsLibraries) return path;
  mkdirSync(join(REPOSITORY, '.cache'), { recursive: true });
  const temporary = mkdtempSync(join(REPOSITORY, '.cache', 'unpacking-'));
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = temporary;
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    packed.setGraphicsMode = false;
    const unpacked = await packed.executablePath();
    if (needsLibraries) return unpacked;
    if (!existsSync(folder)) renameSync(temporary, folder);
    return path;
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    if (!needsLibraries) rmSync(temporary, { recursive: true, force: true });
  }
}
