import { blackhole, cdnFallback, cdnStale, edges, tier } from '../harness/index.ts';
import { stage5, stage6, stage7 } from '../targets/photo-sharing/index.ts';
import { onOneSite } from './one-site.ts';

/**
 * The origin is lost to the network, and not to users: what they would not get from the network they get from the site, so
 * what the network itself goes on serving is seen from its own counts. Silence is harder than a refusal: it has to be waited for.
 */
export default onOneSite({
  name: 'origin-outage',
  title:
    'When the content delivery network cannot reach the site, it goes on serving all that it has, and users do not notice',
  description: 'Silences the connections from the edge of the content delivery network to the site, and heals them.',
  target: stage6,
  otherTargets: [stage5, stage7],
  faults: () => [blackhole({ edges: edges({ from: tier('cdn'), to: tier('load-balancer') }) })],
  parameters: {
    cdnTtl: {
      summary: 'seconds that the network serves a copy before it asks the site again; the hold must be longer',
      default: 5,
      minimum: 1,
      maximum: 3600,
    },
  },
  checks: [cdnStale(), cdnFallback()],
});
