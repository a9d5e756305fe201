/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type axe from 'axe-core';
import { after, before, describe, it } from 'mocha';
import type { Browser, BrowserContextOptions, Page } from 'playwright';
import { launchChromium } from '../../test/browser.ts';
import { renderReport } from './report.ts';
import { poisoned } from './test-builders/hostile.ts';
import { badJudgement, goodJudgement } from './test-builders/judgements.ts';
import { outageRecord } from './test-builders/outage-record.ts';

const CHARTS = ['rate', 'availability', 'latency', 'share', 'lag'];
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

describe('the report in Chromium', function () {
  this.timeout(180_000);
  let browser: Browser;
  let folder: string;
  let axeSource: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'faultline-report-'));
    axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const record = outageRecord();
    const lost = record.operations.find(({ outcome }) => outcome === 'info')!;
    const bad = badJudgement(lost.traceId, lost.intendedMs);
    await writeFile(join(folder, 'good.html'), await renderReport(record, goodJudgement()));
    await writeFile(join(folder, 'bad.html'), await renderReport(record, bad));
    await writeFile(join(folder, 'hostile.html'), await renderReport(...poisoned(record, bad)));
    browser = await launchChromium();
  });

  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens a report, and fails when it logs, throws or requests anything while it is looked at. */
  async function look(file: string, options: BrowserContextOptions, at: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext({ bypassCSP: false, ...options });
    try {
      const page = await context.newPage();
      const address = pathToFileURL(join(folder, file)).href;
      const problems: string[] = [];
      page.on('console', (message) => problems.push(`console ${message.type()}: ${message.text()}`));
      page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
      page.on('request', (request) => {
        const isOwn = request.url().split('#')[0] === address || request.url().startsWith('data:');
        if (!isOwn) problems.push(`request: ${request.url()}`);
      });
      await page.goto(address);
      await at(page);
      assert.deepEqual(problems, []);
    } finally {
      await context.close();
    }
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`draws every chart in the ${colorScheme} scheme, without a request or a message`, async () => {
      await look('good.html', { colorScheme }, async (page) => {
        for (const chart of CHARTS) assert.ok((await coloursDrawn(page, chart)) > 3, `chart ${chart} is empty`);
        assert.equal(await page.locator('noscript:visible').count(), 0);
      });
    });

    it(`gives axe nothing to find in the ${colorScheme} scheme, with everything unfolded`, async () => {
      await look('bad.html', { colorScheme }, async (page) => {
        await unfoldAll(page);
        assert.deepEqual(await axeFindings(page, axeSource), []);
      });
    });

    it(`gives axe nothing to find in a passed report in the ${colorScheme} scheme`, async () => {
      await look('good.html', { colorScheme }, async (page) => {
        assert.deepEqual(await axeFindings(page, axeSource), []);
      });
    });
  }

  it('shows the same moment in all charts when one is pointed at', async () => {
    await look('good.html', {}, async (page) => {
      const plot = page.locator('#chart-rate .u-over');
      await plot.scrollIntoViewIfNeeded();
      await plot.hover({ position: { x: 150, y: 50 } });
      const seconds = page.locator('.u-legend .u-series:first-child .u-value');
      const values = await seconds.allTextContents();
      assert.equal(values.length, CHARTS.length);
      assert.match(values[0]!, /^−?\d/);
      assert.equal(new Set(values).size, 1);
    });
  });

  it('reads without JavaScript: verdict, tables, timeline, topology, traces', async () => {
    await look('bad.html', { javaScriptEnabled: false, colorScheme: 'light' }, async (page) => {
      await page.locator('h1:visible').waitFor();
      assert.equal(await page.locator('.topology svg:visible').count(), 1);
      assert.equal(await page.locator('.timeline li:visible').count(), 13);
      assert.match((await page.locator('#chart-rate').textContent()) ?? '', /Drawing needs JavaScript/);
      await page.locator('.chart summary').first().click();
      assert.ok((await page.locator('.chart').first().locator('tbody tr:visible').count()) > 5);
      await page.locator('.trace summary').first().click();
      assert.ok((await page.locator('.trace').first().locator('tbody tr:visible').count()) >= 3);
    });
  });

  for (const file of ['good.html', 'bad.html', 'hostile.html']) {
    it(`never scrolls sideways on a phone: ${file}`, async () => {
      await look(file, { viewport: { width: 360, height: 740 } }, async (page) => {
        await unfoldAll(page);
        const [content, window] = await page.evaluate(() => [
          document.documentElement.scrollWidth,
          document.documentElement.clientWidth,
        ]);
        assert.equal(content, window);
      });
    });
  }

  it('stays what it is when every text of the target is hostile', async () => {
    await look('hostile.html', {}, async (page) => {
      assert.match(await page.title(), /^Deviated: dc-outage/);
      assert.equal(await page.locator('img').count(), 0);
      for (const chart of CHARTS.slice(0, 3))
        assert.ok((await coloursDrawn(page, chart)) > 3, `chart ${chart} is empty`);
    });
  });

  it('unfolds all but bulk for print, in light colours', async () => {
    await look('good.html', { colorScheme: 'dark' }, async (page) => {
      const folded = () => page.locator('details:not([open], [data-bulk])').count();
      assert.ok((await folded()) > 10);
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      assert.equal(await folded(), 0);
      assert.equal(await background(), 'rgb(255, 255, 255)');
      await page.evaluate(() => dispatchEvent(new Event('afterprint')));
      assert.ok((await folded()) > 10);
      assert.notEqual(await background(), 'rgb(255, 255, 255)');
    });
  });

  it('can be walked with the keyboard: the first stop leads to the content, folds open with Enter', async () => {
    await look('good.html', {}, async (page) => {
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate(() => document.activeElement?.id), 'content');
      const summary = page.locator('.trace summary').first();
      await summary.focus();
      await page.keyboard.press('Enter');
      assert.equal(await page.locator('.trace details[open]').count(), 1);
    });
  });
});

async function unfoldAll(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true;
  });
}

/** How many different colours a chart's canvas shows: an empty one has one. */
async function coloursDrawn(page: Page, chart: string): Promise<number> {
  const canvas = page.locator(`#chart-${chart} canvas`);
  await canvas.waitFor();
  return await canvas.evaluate((element) => {
    const drawing = element as HTMLCanvasElement;
    const pixels = drawing.getContext('2d')!.getImageData(0, 0, drawing.width, drawing.height).data;
    return new Set(new Uint32Array(pixels.buffer)).size;
  });
}

/** Axe runs in the page's own world; the page's security policy does not hold for what Playwright evaluates. */
async function axeFindings(page: Page, source: string): Promise<string[]> {
  await page.evaluate(source);
  const results = await page.evaluate(async (values) => {
    const runner = Reflect.get(globalThis, 'axe') as typeof axe;
    return await runner.run(document, { runOnly: { type: 'tag', values } });
  }, WCAG);
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary}`),
  );
}
