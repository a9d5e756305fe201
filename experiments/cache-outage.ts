import { kill, tier } from '../harness/index.ts';
import { stage5, stage6 } from '../targets/photo-sharing/index.ts';
import { onOneSite } from './one-site.ts';

/** A cache may be gone: everything must be there without it. */
export default onOneSite({
  name: 'cache-outage',
  title: 'When the cache is gone, everything is served from the database and nobody is logged out',
  description: 'Kills the cache, and starts it again.',
  target: stage6,
  otherTargets: [stage5],
  faults: () => [kill({ nodes: tier('cache') })],
});
