import { cdnFallback, kill, tier } from '../harness/index.ts';
import { stage5, stage6, stage7 } from '../targets/photo-sharing/index.ts';
import { onOneSite } from './one-site.ts';

/** A content delivery network makes pages quick; it must not be needed for them. */
export default onOneSite({
  name: 'cdn-outage',
  title: 'When the content delivery network is gone, users get every style sheet and image from the site',
  description: 'Kills the edge of the content delivery network, and starts it again.',
  target: stage6,
  otherTargets: [stage5, stage7],
  faults: () => [kill({ nodes: tier('cdn') })],
  checks: [cdnFallback()],
});
