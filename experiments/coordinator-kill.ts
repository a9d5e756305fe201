import { kill, node } from '../harness/index.ts';
import { stage4, stage5, stage6, stage7 } from '../targets/photo-sharing/index.ts';
import { onOneSite } from './one-site.ts';

/** The coordinator decides who may take over; as long as nobody has to, it is not needed. */
export default onOneSite({
  name: 'coordinator-kill',
  title: 'When a coordinator dies, a healthy primary database goes on as if nothing had happened',
  description: 'Kills the coordinator beside the primary database, and starts it again.',
  target: stage4,
  otherTargets: [stage5, stage6, stage7],
  faults: () => [kill({ nodes: node('coordinator.us-west') })],
});
