import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ContentViews } from './content-views.ts';

describe('views of content', () => {
  it('tell who is looked at most, and forget what is older than five seconds', () => {
    let nowMs = 0;
    const views = new ContentViews(() => nowMs);
    assert.deepEqual(views.recent(), { viewsOfAll: 0, hottest: undefined });
    for (const owner of ['ann', 'ann', 'ben']) views.add(owner);
    assert.deepEqual(views.recent(), { viewsOfAll: 3, hottest: { owner: 'ann', views: 2 } });
    nowMs = 3000;
    for (const owner of ['ben', 'ben']) views.add(owner);
    assert.deepEqual(views.recent(), { viewsOfAll: 5, hottest: { owner: 'ben', views: 3 } });
    nowMs = 6000;
    assert.deepEqual(views.recent(), { viewsOfAll: 2, hottest: { owner: 'ben', views: 2 } });
  });
});
