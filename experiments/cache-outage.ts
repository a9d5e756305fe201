import { kill, node } from '../harness/index.ts';
import { stage5, stage6 } from '../targets/photo-sharing/index.ts';
import { onOneSite } from './one-site.ts';

/** A cache may be gone: what it had is loaded again, and kept in the other one. */
export default onOneSite({
  name: 'cache-outage',
  title: 'When one of the caches is gone, the other one takes its place and nobody is logged out',
  description: 'Kills one of two caches, and starts it again.',
  target: stage6,
  otherTargets: [stage5],
  faults: () => [kill({ nodes: node('cache-1.us-west') })],
});
