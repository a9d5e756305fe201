import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { AssetAddresses } from './asset-addresses.ts';
import { failureView, page, photoView } from './pages/views.ts';

const PHOTO = {
  ...{ id: 'p1', userId: 'ann', userName: 'Ann', caption: 'Cats', createdAt: '2026-01-01T00:00:00.000Z' },
  ...{ imageUrl: '/assets/a.png', likes: 1 },
};
const CDN = 'cdn.photos.example';
const addresses = (cdn: string | undefined, fallback = true) => new AssetAddresses({ cdn, fallback });

describe('addresses of assets', () => {
  it('are those of the site where there is no content delivery network', () => {
    assert.deepEqual(addresses(undefined).popular('/assets/a.css'), { url: '/assets/a.css' });
    assert.deepEqual(addresses(undefined).photo(PHOTO), PHOTO);
  });

  it('lead to the network for what is asked for often, with the way back: a liked image, not one that nobody likes', () => {
    const elsewhere = { imageUrl: `http://${CDN}/assets/a.png`, imageFallbackUrl: '/assets/a.png' };
    assert.deepEqual(addresses(CDN).photo(PHOTO), { ...PHOTO, ...elsewhere });
    const unliked = { ...PHOTO, likes: 0 };
    assert.deepEqual(addresses(CDN).photo(unliked), unliked);
  });

  it('stand in pages with a way back that browsers take once, without a framework', () => {
    const { text } = page(addresses(CDN), 'Cats', photoView(addresses(CDN).photo(PHOTO)));
    assert.ok(
      text.includes(
        `<img src="http://${CDN}/assets/a.png" data-fallback="/assets/a.png" onerror="this.onerror=null;this.src=this.dataset.fallback" alt=`,
      ),
      text,
    );
    assert.match(text, /<link rel="stylesheet" href="http:[^"]+" data-fallback="\/assets\/[0-9a-f]{64}\.css" onerror=/);
  });

  it('have no way back in the mutant, nor where none is needed', () => {
    const of = (assets: AssetAddresses) => page(assets, 'Cats', photoView(assets.photo(PHOTO))).text;
    assert.ok(of(addresses(CDN, false)).includes(`src="http://${CDN}/assets/a.png"`));
    for (const text of [of(addresses(CDN, false)), page(addresses(undefined), '', failureView('', '')).text]) {
      assert.doesNotMatch(text, /fallback|onerror/);
    }
  });
});
