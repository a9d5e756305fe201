import { formatCount, formatNumberOf, formatShare } from '../model/analysis/format.ts';
import { faultSpan } from '../model/analysis/phases.ts';
import type { Check } from '../model/experiment.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { Conclusion } from './conclusion.ts';
import { defineFaultCheck } from './steady-before.ts';

/** Fewer operations than this that had to do without the network show nothing. */
const OPERATIONS_MIN = 10;

/** Clients get from the site what a content delivery network does not give them. */
export function cdnFallback(): Check {
  return defineFaultCheck({ name: 'cdn-fallback', title: 'Site served for the CDN', question: 'survive' }, conclude);
}

function conclude({ manifest, operations }: RunRecord): Conclusion {
  const span = faultSpan(manifest);
  const asking = operations.filter(({ cdn, startMs }) => {
    return cdn !== undefined && span !== null && startMs >= span.fromMs && startMs < span.toMs;
  });
  const refused = asking.filter(({ cdn }) => cdn!.failed > 0);
  const broken = refused.filter(({ outcome }) => outcome !== 'ok');
  const assets = (of: typeof asking, count: 'asked' | 'failed') => of.reduce((sum, { cdn }) => sum + cdn![count], 0);
  const [asked, failed] = [assets(asking, 'asked'), assets(asking, 'failed')];
  const share = refused.length === 0 ? null : 1 - broken.length / refused.length;
  const objective = manifest.objectives.availabilityAfterFailover;
  const promised = `at least ${formatShare(objective)}`;
  const observed = `the content delivery network did not give ${formatCount(failed)} of ${formatNumberOf(asked, 'asset')}, and ${formatShare(share)} of the ${formatNumberOf(refused.length, 'operation')} that wanted them succeeded all the same`;
  return {
    expected: `${promised} of the operations that the content delivery network fails succeed, with the site's own assets`,
    observed,
    violated: share !== null && share < objective,
    gaps: [
      ...(span === null ? ['no fault was injected'] : []),
      ...(refused.length < OPERATIONS_MIN
        ? [
            `the content delivery network failed only ${formatNumberOf(refused.length, 'operation')}, at least ${OPERATIONS_MIN} are needed`,
          ]
        : []),
    ],
    sentences: {
      passed: `Clients turned to the site: ${observed}.`,
      deviated: `Clients were left with what the content delivery network did not give: ${observed} (objective ${promised}).`,
      inconclusive:
        'It is not known whether clients turn to the site for what the content delivery network does not give',
    },
    measurements: [
      {
        name: 'cdn-failed-operations-ok',
        value: share === null ? null : share * 100,
        unit: '%',
        objective: objective * 100,
      },
      { name: 'cdn-assets-asked', value: asked, unit: 'count' },
      { name: 'cdn-assets-failed', value: failed, unit: 'count' },
    ],
    findings: broken.map(({ f, region, user, error, startMs, traceId }) => ({
      summary: `${f} of ${user} in ${region} ended with ${error ?? 'no answer'}`,
      atMs: startMs,
      traceId,
    })),
    advice:
      "Give clients both addresses of an asset, the network's and the site's, and let them wait only shortly for the first.",
  };
}
