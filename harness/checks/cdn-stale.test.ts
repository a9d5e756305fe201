import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict, measured } from '../model/analysis/test-builders/expect-verdict.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS, UNDO_MS } from '../model/analysis/test-builders/story-times.ts';
import { cdnStale } from './cdn-stale.ts';

/** How many requests ended so during the fault: `stale 200`. */
function record(during: Readonly<Record<string, number>>) {
  const built = buildRecord();
  built.metrics = Object.entries(during).map(([name, count]) => {
    const [cache = '', status = ''] = name.split(' ');
    const before = 500;
    return {
      name: 'cdn_requests_total',
      labels: { instance: 'cdn.edge', cache, status },
      samples: [
        [FAULT_MS - 500, before],
        [FAULT_MS + 500, before],
        [UNDO_MS - 500, before + count],
      ],
    };
  });
  return built;
}

describe('cdn-stale', () => {
  it('passes when expired copies are served while the origin fails, and says how many', () => {
    const verdict = expectVerdict(cdnStale(), record({ 'hit 200': 60, 'stale 200': 30, 'updating 200': 10 }), 'passed');
    assert.equal(
      verdict.sentence,
      'The content delivery network went on without its origin: 100 % of 100 requests for what the content delivery network had a copy of were served, 40 of them from a copy that had expired.',
    );
  });

  it('does not blame it for what it never had', () => {
    const verdict = expectVerdict(cdnStale(), record({ 'stale 200': 40, 'miss 504': 300 }), 'passed');
    assert.equal(measured(verdict, 'cdn-without-copy'), 300);
  });

  it('deviates when it fails with a copy at hand, because that has expired', () => {
    const verdict = expectVerdict(cdnStale(), record({ 'hit 200': 60, 'expired 504': 40 }), 'deviated');
    assert.match(verdict.sentence, /only 60 % of 100 requests/);
    assert.ok(verdict.advice?.includes('proxy_cache_use_stale'));
  });

  it('is inconclusive when no copy expired, or nothing was recorded', () => {
    const untested = expectVerdict(cdnStale(), record({ 'hit 200': 60, 'stale 200': 3 }), 'inconclusive');
    assert.deepEqual(untested.gaps, ['only 3 requests met a copy that had expired, at least 10 are needed']);
    assert.deepEqual(expectVerdict(cdnStale(), record({}), 'inconclusive').gaps, [
      'nothing was recorded of cdn_requests_total',
    ]);
  });

  it('counts nothing of before the fault', () => {
    const built = record({ 'hit 200': 60, 'expired 504': 0 });
    expectVerdict(cdnStale(), built, 'inconclusive');
    assert.equal(measured(cdnStale().run(built), 'cdn-served'), 100);
  });
});
