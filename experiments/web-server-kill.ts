import { kill, node } from '../harness/index.ts';
import { stage3, stage4, stage5, stage6, stage7 } from '../targets/photo-sharing/index.ts';
import { LOGGED_OUT, onOneSite } from './one-site.ts';

/** Rerouting is not enough: whoever was logged in must still be. */
export default onOneSite({
  name: 'web-server-kill',
  title: 'When a web server dies, its users are served by another one within seconds and stay logged in',
  description: 'Kills the first web server, and starts it again.',
  target: stage6,
  otherTargets: [stage3, stage4, stage5, stage7],
  weaknesses: LOGGED_OUT,
  faults: () => [kill({ nodes: node('web-1.us-west') })],
});
