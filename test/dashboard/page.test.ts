import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../support/cli.ts';
import { findBrowser, launchBrowser } from './browser.ts';
import { type Product, startPlant } from './product.ts';

/** Pictures to look at, out of git's sight. */
const PICTURES = join(REPOSITORY, '.cache/page');
const WCAG_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const WAIT = { timeout: 40_000 };

const executable = await findBrowser();
if (executable === undefined) {
  console.warn(
    'THE PAGE IS NOT TESTED: there is no browser here; install Chromium, or name one in TEST_BROWSER',
  );
}

describe.skipIf(executable === undefined)('the page in a browser', { timeout: 120_000 }, () => {
  let product: Product;
  let browser: Browser;
  let page: Page;
  /** What the browser complained about while the product ran. */
  const complaints: string[] = [];

  beforeAll(async () => {
    [product, browser] = await Promise.all([startPlant(), launchBrowser(executable!)]);
    page = await openPage({ width: 1440, height: 900 }, 'light');
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    await product?.[Symbol.asyncDispose]();
  });

  async function openPage(viewport: { width: number; height: number }, colorScheme: 'light' | 'dark') {
    const context = await browser.newContext({
      viewport,
      colorScheme,
      locale: 'en-US',
      timezoneId: 'Europe/Zurich',
    });
    const opened = await context.newPage();
    opened.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    opened.on('pageerror', (error) => complaints.push(String(error)));
    return opened;
  }

  const visit = (path: string, on = page) => on.goto(new URL(path, product.url).href);
  const textOf = (selector: string) => page.locator(selector).first().innerText();

  it('shows the flow as it goes on, without a reload', async () => {
    await visit('/flow');
    await page.locator('[data-stage=ingest]').waitFor(WAIT);
    expect(await page.locator('[data-stage] h2').allInnerTexts()).toHaveLength(7);
    const rows = async () => Number((await textOf('[data-stage=tables] b')).replaceAll(',', ''));
    const before = await rows();
    await expect.poll(rows, WAIT).toBeGreaterThan(before);
    await expect.poll(() => textOf('[data-stage=broker] b'), WAIT).toMatch(/^[1-9]/);
    // published to queryable, both percentiles
    await expect
      .poll(() => page.locator('[aria-labelledby=latency] dd').allInnerTexts(), WAIT)
      .toEqual([
        expect.stringMatching(/ m?s$/),
        expect.stringMatching(/ m?s$/),
        expect.stringMatching(/^[1-9]/),
      ]);
    expect(await textOf('[data-stage=quarantine]')).toContain('could not become rows');
  });

  it('draws a tile of every kind from the definition alone, filters them, and keeps them live', async () => {
    await visit('/fleets/plant');
    for (const [kind, drawn] of Object.entries({
      number: 'dd',
      trend: 'canvas',
      bars: 'canvas',
      histogram: 'canvas',
      map: 'circle',
      table: 'tbody tr',
      oee: '.dial',
      timeline: '.strip > span',
    })) {
      await page.locator(`[data-tile=${kind}] ${drawn}`).first().waitFor(WAIT);
    }
    expect(await page.locator('[data-tile=map] circle').count()).toBe(4);
    const version = () => textOf('[data-tile=table] > .note');
    const before = await version();
    await expect.poll(version, WAIT).not.toBe(before);

    await page.getByLabel('press', { exact: true }).selectOption('press-2');
    await expect.poll(() => page.locator('[data-tile=table] tbody tr').count(), WAIT).toBe(1);
    expect(await page.locator('[data-tile=table] tbody').innerText()).toContain('press-2');
    // what is chosen stands in the address
    expect(new URL(page.url()).searchParams.get('filters')).toBe('[["press","press-2"]]');
    // a range before there was anything
    await page.getByLabel('to', { exact: true }).fill('2020-01-01T00:00');
    await expect.poll(() => textOf('[data-tile=trend]'), WAIT).toContain('Nothing in this range');
  });

  it('writes times in the zone of the site', async () => {
    await visit('/fleets/plant');
    const cell = page.locator('[data-tile=table] tbody td:nth-child(2)').first();
    await cell.waitFor(WAIT);
    const shown = await cell.innerText();
    const offset = await page.evaluate(() => {
      const wall = new Date(new Date().toLocaleString('en-US', { timeZone: 'Europe/Zurich' })).getTime();
      const utc = new Date(new Date().toLocaleString('en-US', { timeZone: 'UTC' })).getTime();
      return wall - utc;
    });
    expect(Math.abs(Date.parse(`${shown.replace(' ', 'T')}Z`) - offset - Date.now())).toBeLessThan(120_000);
    expect(await textOf('main')).toContain('Europe/Zurich');
  });

  it('finds messages on the stream, shows their payload, and follows', async () => {
    await visit('/stream');
    const rows = page.getByRole('region', { name: 'Messages found' }).locator('tbody tr');
    await expect.poll(() => rows.count(), WAIT).toBeGreaterThan(10);
    // followed: the newest line changes by itself
    const newest = await rows.first().innerText();
    await expect.poll(() => rows.first().innerText(), WAIT).not.toBe(newest);
    await page.getByRole('button', { name: 'Following' }).click();
    await page.getByLabel('topic').fill('plant/+/press-3/state');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect
      .poll(async () => new Set(await rows.locator('td:nth-child(3)').allInnerTexts()), WAIT)
      .toEqual(new Set(['plant/line-0/press-3/state']));
    await rows.first().getByRole('button').click();
    const payload = page.getByRole('region', { name: 'Payload' });
    await payload.waitFor(WAIT);
    expect(await payload.innerText()).toMatch(/^\{\n {2}"from": \d+/);
    await page.getByRole('button', { name: 'Raw' }).click();
    expect(await payload.innerText()).toMatch(/^\{"from":\d+/);
    await page.getByRole('button', { name: 'Bytes' }).click();
    expect(await payload.innerText()).toMatch(/^000000 {2}7b 22 66 72/);
  });

  it('shows a table: its files with statistics, its history, and its rows at an older version', async () => {
    await visit('/tables/plant_presses');
    await page.getByRole('heading', { name: 'Schema' }).waitFor(WAIT);
    expect(await textOf('[aria-labelledby=schema] tbody')).toContain('weight_kg');
    await page.getByRole('link', { name: 'Files', exact: true }).click();
    await page.getByRole('region', { name: 'Files of plant_presses' }).getByRole('button').first().click();
    expect(await page.getByRole('region', { name: 'Statistics by column' }).innerText()).toMatch(
      /weight_kg\s+\d/,
    );
    await page.getByRole('link', { name: 'History', exact: true }).click();
    const history = page.getByRole('region', { name: 'Commits of plant_presses' });
    await history.waitFor(WAIT);
    await expect.poll(() => history.innerText(), WAIT).toContain('STREAMING UPDATE');
    await page.getByRole('link', { name: 'Rows', exact: true }).click();
    await page.getByRole('region', { name: 'Rows of plant_presses' }).waitFor(WAIT);
    await page.getByLabel('version').fill('0');
    await page.getByLabel('version').press('Enter');
    await expect.poll(() => textOf('main'), WAIT).toContain('0 rows of version 0');
    // an error: there is no such version
    await visit('/tables/plant_presses?version=99999&tab=files');
    await expect
      .poll(() => page.getByRole('alert').innerText(), WAIT)
      .toContain('version 99999 does not exist');
    complaints.splice(0, complaints.length, ...complaints.filter((each) => !each.includes('status of 400')));
  });

  it('tries a selection of the quarantine again, under the mended definition', async () => {
    await visit('/tables/quarantine');
    const open = page.locator('.figure', { hasText: 'open' }).locator('dd');
    await open.waitFor(WAIT);
    const messages = Number(await open.innerText());
    expect(messages).toBeGreaterThan(0);
    await page.getByRole('region', { name: 'The latest messages' }).getByRole('button').first().click();
    await expect
      .poll(() => page.getByRole('region', { name: 'Payload' }).innerText(), WAIT)
      .toContain('"weight_kg": 9');
    await page.getByRole('button', { name: 'out-of-range' }).click();
    await page.getByRole('button', { name: 'Try the selection again' }).click();
    const form = messages === 1 ? 'message' : 'messages';
    await expect
      .poll(() => page.locator('.replay [role=status]').innerText(), WAIT)
      .toContain(`${messages} ${form} tried: ${messages} row`);
    await expect.poll(() => open.innerText(), WAIT).toBe('0');
    await visit('/flow');
    await expect.poll(() => textOf('[data-stage=quarantine] b'), WAIT).toBe('0');
  });

  it('answers SQL by keyboard alone, pages through a million rows, draws them, and says what is wrong', async () => {
    await visit('/sql');
    const editor = page.getByLabel('Query');
    await editor.waitFor(WAIT);
    const ask = async (sql: string) => {
      await editor.focus();
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.insertText(sql);
      await page.keyboard.press('ControlOrMeta+Enter');
    };
    await ask(
      `SELECT press, count(*) AS n, avg(weight_kg) AS kg FROM plant_presses GROUP BY press ORDER BY press`,
    );
    const result = page.getByRole('region', { name: 'Rows of the result' });
    await expect.poll(() => result.innerText(), WAIT).toMatch(/press-1\s+\d+/);
    await page.getByRole('button', { name: 'Chart' }).click();
    await page.locator('[aria-label="Result"] canvas').waitFor(WAIT);

    await ask('SELECT range AS n FROM range(1000000)');
    const pager = page.locator('.pager');
    await expect.poll(() => pager.innerText(), WAIT).toContain('rows 1 to 200 of 1,000,000');
    await pager.getByRole('button', { name: 'Last' }).click();
    await expect.poll(() => result.innerText(), WAIT).toContain('999999');
    expect(await result.locator('tbody tr').count()).toBe(200);
    const download = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Parquet' }).click(),
    ]);
    expect(
      readFileSync(await download[0].path())
        .subarray(0, 4)
        .toString(),
    ).toBe('PAR1');

    await ask('SELECT nothing FROM plant_presses');
    await expect.poll(() => page.getByRole('alert').innerText(), WAIT).toContain('nothing');
    await ask('SELECT sum(a.range * b.range) FROM range(100000000) a, range(100000000) b');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(() => page.getByRole('alert').innerText(), WAIT).toContain('cancelled');
    complaints.splice(0, complaints.length, ...complaints.filter((each) => !each.includes('status of 400')));

    // names of the lake are completed
    await editor.focus();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('SELECT * FROM plant_sec');
    await expect
      .poll(() => page.locator('.cm-tooltip-autocomplete').innerText(), WAIT)
      .toContain('plant_secondly');
  });

  it('is gone through by keyboard alone', async () => {
    await visit('/flow');
    await page.locator('[data-stage=ingest]').waitFor(WAIT);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the view');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Fleet plant' }).waitFor(WAIT);
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    // every button and link is reached, and none holds the focus for good
    const reached = new Set<string>();
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press('Tab');
      reached.add(String(await page.evaluate('document.activeElement.textContent')).trim());
    }
    expect(Array.from(reached)).toEqual(expect.arrayContaining(['Pause', 'Figures', 'Dark theme', 'Stream']));
  });

  it('meets WCAG AA and fits in every view, both themes, wide and narrow', { timeout: 300_000 }, async () => {
    mkdirSync(PICTURES, { recursive: true });
    const views = {
      flow: ['/flow', '[data-stage=ingest]'],
      fleets: ['/fleets/plant', '[data-tile=map] circle'],
      stream: ['/stream', '[aria-label="Messages found"] tbody tr'],
      table: ['/tables/plant_presses', '[aria-labelledby=schema] tbody tr'],
      quarantine: ['/tables/quarantine', '[aria-labelledby=reasons] tbody tr'],
      sql: ['/sql', '.cm-content'],
    } as const;
    const faults: string[] = [];
    for (const theme of ['light', 'dark'] as const) {
      for (const width of [1440, 390]) {
        const opened = await openPage({ width, height: width === 390 ? 844 : 900 }, theme);
        for (const [name, [path, shown]] of Object.entries(views)) {
          await visit(path, opened);
          await opened.locator(shown).first().waitFor(WAIT);
          if (name === 'sql') {
            await opened.getByRole('button', { name: 'Run' }).click();
            await opened.getByRole('region', { name: 'Rows of the result' }).waitFor(WAIT);
          }
          await opened.screenshot({ path: join(PICTURES, `${name}-${theme}-${width}.png`), fullPage: true });
          const wider = Number(await opened.evaluate('document.documentElement.scrollWidth - innerWidth'));
          if (wider > 0) faults.push(`${name} is ${wider} pixels wider than ${width}`);
          faults.push(...(await axeFaults(opened)).map((fault) => `${name} ${theme} ${width}: ${fault}`));
        }
        await opened.context().close();
      }
    }
    expect(faults).toEqual([]);
  });

  it('shows a fault where it happens, and that the line is broken', async () => {
    expect(complaints).toEqual([]);
    await visit('/flow');
    await page.locator('[data-stage=rollups]').waitFor(WAIT);
    const log = join(product.dataDir, 'lake/plant/secondly/_delta_log');
    writeFileSync(join(log, `${String(nextVersion(log)).padStart(20, '0')}.json`), 'no commit\n');
    await expect
      .poll(() => page.locator('[data-stage=rollups]').getAttribute('class'), WAIT)
      .toContain('bad');
    expect(await textOf('[data-stage=rollups]')).toContain('plant_secondly');
    expect(await page.locator('[data-stage=tables]').getAttribute('class')).not.toContain('bad');
    await product[Symbol.asyncDispose]();
    await expect
      .poll(() => page.getByRole('alert').first().innerText(), WAIT)
      .toContain('line to the product is broken');
  });
});

function nextVersion(log: string): number {
  for (let version = 0; ; version++) {
    try {
      readFileSync(join(log, `${String(version).padStart(20, '0')}.json`));
    } catch {
      return version;
    }
  }
}

type AxeResults = {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
  }[];
};

async function axeFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const how = JSON.stringify({ runOnly: { type: 'tag', values: WCAG_AA } });
  const { violations } = (await page.evaluate(`axe.run(document, ${how})`)) as AxeResults;
  return violations.flatMap(({ id, nodes }) =>
    nodes
      .slice(0, 3)
      .map(({ target, failureSummary }) => `${id} ${JSON.stringify(target)} ${failureSummary}`),
  );
}
