/**
 * `node bin/run.mjs bench/page.ts`: the product at 5,000 messages a second without its page and with it open in a browser, by turns.
 * Prints how much the page slows the devices, and what the browser's main thread does meanwhile.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findBrowser, launchBrowser } from '../test/dashboard/browser.ts';
import { REPOSITORY } from '../test/support/cli.ts';

const SECONDS = Number(process.argv[2] ?? 60);
const PORT = 18_080;

type Summary = {
  readonly acknowledged: number;
  readonly simulation: { readonly seconds: number };
  readonly lost: number;
};

async function run(withPage: boolean): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-bench-page-'));
  const args = ['start', '--fleet', 'weather', '--devices', '100', '--rate', '5000', '--for', `${SECONDS}s`];
  const page = withPage ? ['--port', String(PORT)] : [];
  const child = spawn(
    process.execPath,
    [
      join(REPOSITORY, 'bin/tributary.mjs'),
      ...args,
      '--mqtt-port',
      '0',
      '--json',
      '--data-dir',
      dataDir,
      ...page,
    ],
    { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'close');
  if (withPage) await watch();
  await ended;
  const { acknowledged, simulation, lost } = JSON.parse(said) as Summary;
  const rate = acknowledged / simulation.seconds;
  console.log(
    `${withPage ? 'with' : 'without'} the page: ${rate.toFixed(0)} messages/s acknowledged, lost ${lost}`,
  );
  rmSync(dataDir, { recursive: true, force: true });
}

const OBSERVE = `
  window.longest = 0; window.long = 0; window.changes = 0;
  new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) {
    window.longest = Math.max(window.longest, duration); if (duration > 100) window.long++; } })
    .observe({ type: 'longtask', buffered: false });
  new MutationObserver(() => window.changes++).observe(
    document.querySelector('[data-stage=broker] .big'), { subtree: true, characterData: true, childList: true });`;

async function watch(): Promise<void> {
  const path = await findBrowser();
  if (path === undefined)
    throw new Error('there is no browser: install Chromium, or name one in TEST_BROWSER');
  const browser = await launchBrowser(path);
  try {
    const page = await (await browser.newContext({ locale: 'en-US' })).newPage();
    await reach(() => page.goto(`http://127.0.0.1:${PORT}/flow`));
    await page.locator('[data-stage=broker]').waitFor();
    await sleep(3_000);
    await page.evaluate(OBSERVE);
    const session = await page.context().newCDPSession(page);
    const heap = async () => {
      await session.send('HeapProfiler.collectGarbage');
      return (await session.send('Runtime.getHeapUsage')).usedSize / 2 ** 20;
    };
    const seconds = SECONDS - 12;
    const before = await heap();
    await sleep(seconds * 500);
    const middle = await heap();
    await sleep(seconds * 500);
    const after = await heap();
    const { changes, long, longest } = (await page.evaluate('({ changes, long, longest })')) as Record<
      string,
      number
    >;
    console.log(
      `updates: ${(changes! / seconds).toFixed(1)}/s; tasks above 100 ms: ${long}, the longest ${longest!.toFixed(0)} ms`,
    );
    console.log(`heap: ${before.toFixed(1)}, ${middle.toFixed(1)}, ${after.toFixed(1)} MB`);
  } finally {
    await browser.close();
  }
}

async function reach(visit: () => Promise<unknown>): Promise<void> {
  for (let left = 100; ; left--) {
    try {
      await visit();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await sleep(200);
    }
  }
}

for (const withPage of [false, true]) await run(withPage);
