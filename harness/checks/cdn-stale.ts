import { counterIncrease } from '../model/analysis/counter-increase.ts';
import { formatCount, formatNumberOf, formatShare } from '../model/analysis/format.ts';
import { faultSpan } from '../model/analysis/phases.ts';
import type { Check } from '../model/experiment.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { Conclusion } from './conclusion.ts';
import { defineFaultCheck } from './steady-before.ts';

/** The counter of a content delivery network: by `cache`, which is nginx's word for it, and by `status`. */
const REQUESTS = 'cdn_requests_total';
/** How the cache stood to requests of which it had a copy, old or not. */
const HAD_A_COPY = ['hit', 'stale', 'updating', 'revalidated', 'expired'];
/** Its time was over: what the cache did then is the question. */
const OUTLIVED = ['stale', 'updating', 'expired'];
/** Fewer than this show nothing. */
const OUTLIVED_MIN = 10;
const SHARE_MIN = 0.99;

/** While its origin fails, a content delivery network goes on serving what it has, also what has expired. */
export function cdnStale(): Check {
  return defineFaultCheck({ name: 'cdn-stale', title: 'CDN served what it had', question: 'survive' }, conclude);
}

function conclude({ manifest, metrics }: RunRecord): Conclusion {
  const span = faultSpan(manifest);
  const counts = metrics
    .filter(({ name }) => name === REQUESTS)
    .map(({ labels, samples }) => ({
      cache: labels.cache ?? '',
      failed: Number(labels.status) >= 500,
      count: (span && counterIncrease({ samples }, span)) ?? 0,
    }));
  const total = (fits: (one: (typeof counts)[number]) => boolean) =>
    counts.filter(fits).reduce((sum, { count }) => sum + count, 0);
  const had = total(({ cache }) => HAD_A_COPY.includes(cache));
  const failed = total(({ cache, failed }) => HAD_A_COPY.includes(cache) && failed);
  const outlived = total(({ cache }) => OUTLIVED.includes(cache));
  const stale = total(({ cache }) => cache === 'stale' || cache === 'updating');
  const absent = total(({ cache }) => cache === 'miss');
  const share = had === 0 ? null : (had - failed) / had;
  const served = `${formatShare(share)} of ${formatNumberOf(had, 'request')} for what the content delivery network had a copy of were served, ${formatCount(stale)} of them from a copy that had expired`;
  const promised = `at least ${formatShare(SHARE_MIN)}`;
  return {
    expected: `${promised} of the requests for what it has a copy of are served while its origin fails, expired or not`,
    observed: `${served}; it had no copy for ${formatNumberOf(absent, 'request')}`,
    violated: share !== null && share < SHARE_MIN,
    gaps: [
      ...(span === null ? ['no fault was injected'] : []),
      ...(counts.length === 0 ? [`nothing was recorded of ${REQUESTS}`] : []),
      ...(counts.length > 0 && outlived < OUTLIVED_MIN
        ? [
            `only ${formatNumberOf(outlived, 'request')} met a copy that had expired, at least ${OUTLIVED_MIN} are needed`,
          ]
        : []),
    ],
    sentences: {
      passed: `The content delivery network went on without its origin: ${served}.`,
      deviated: `The content delivery network needs its origin for what it has: only ${served} (objective ${promised}).`,
      inconclusive: 'It is not known whether the content delivery network goes on without its origin',
    },
    measurements: [
      { name: 'cdn-served', value: share === null ? null : share * 100, unit: '%', objective: SHARE_MIN * 100 },
      { name: 'cdn-served-expired', value: stale, unit: 'count' },
      { name: 'cdn-without-copy', value: absent, unit: 'count' },
    ],
    advice:
      'Let the edge serve expired copies while the origin fails or is silent (proxy_cache_use_stale), and keep them for longer than the outages that it is to bridge.',
  };
}
