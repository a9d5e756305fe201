/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Browser, Page } from 'playwright';
import { launchChromium } from '../../../../../test/browser.ts';
import { TestCdn } from '../../testing/cdn.ts';
import { PostgreSql } from '../../testing/postgresql.ts';
import { RedisServer } from '../../testing/redis.ts';
import { PIXEL, TestWebServer } from '../../testing/web-server.ts';

const CDN = 'cdn.photos.example';

describe('the pages of the photo site in Chromium', function () {
  this.timeout(60_000);
  let database: PostgreSql;
  let cache: RedisServer;
  let web: TestWebServer;
  let cdn: TestCdn;
  let browser: Browser;
  let session: string;

  before(async () => {
    [database, cache] = await Promise.all([PostgreSql.start('db.us-west'), RedisServer.start()]);
    web = await TestWebServer.start({
      ...{ cachePort: cache.port, writePort: database.port, readPort: database.port },
      environment: { CDN },
    });
    const { hostname: host, port } = new URL(web.url);
    const origins = [{ host, port: Number(port) }];
    cdn = await TestCdn.start({ originName: 'photos.example', ttlSeconds: 60, staleOnError: true, origins });
    browser = await launchChromium([`--host-resolver-rules=MAP ${CDN} ${cdn.host}`]);
    ({ session } = await web.newUser('ann'));
    await web.post('/api/photos', { id: 'cat', caption: 'Cat', image: PIXEL }, { session });
    await web.post('/api/photos/cat/likes', { id: 'like' }, { session });
  });

  after(async () => {
    await browser?.close();
    await Promise.allSettled([cdn?.remove(), web?.stop(), cache?.kill(), database?.remove()]);
  });

  /** With an empty cache, until nothing more is loaded. */
  const visit = async (look: (page: Page) => Promise<void>): Promise<void> => {
    const context = await browser.newContext();
    try {
      await context.addCookies([{ name: 'session', value: session, url: web.url }]);
      const page = await context.newPage();
      await page.goto(`${web.url}/photos/cat`, { waitUntil: 'networkidle' });
      await look(page);
    } finally {
      await context.close();
    }
  };
  const assets = async (page: Page) =>
    await page.evaluate(() => {
      const image = document.querySelector('img')!;
      return {
        image: new URL(image.src).host,
        drawn: image.naturalWidth,
        style: new URL(document.styleSheets[0]?.href ?? 'none:').host,
      };
    });

  it('have their style sheet and a liked image from the content delivery network', async () => {
    await visit(async (page) => assert.deepEqual(await assets(page), { image: CDN, drawn: 1, style: CDN }));
  });

  it('have both from the site when the network is gone', async () => {
    await cdn.program.stop('SIGKILL');
    const { host } = new URL(web.url);
    await visit(async (page) => assert.deepEqual(await assets(page), { image: host, drawn: 1, style: host }));
  });
});
