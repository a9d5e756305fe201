import { node, restart, scheduled } from '../harness/index.ts';
import { stage3, stage4, stage5, stage6, stage7 } from '../targets/photo-sharing/index.ts';
import { LOGGED_OUT, onOneSite } from './one-site.ts';

/** What every deployment does. */
export default onOneSite({
  name: 'session-survival',
  title: 'When every web server is restarted in turn, everybody stays logged in',
  description: 'Restarts the first web server, and ten seconds later the second one.',
  target: stage6,
  otherTargets: [stage3, stage4, stage5, stage7],
  weaknesses: LOGGED_OUT,
  faults: () => [
    restart({ nodes: node('web-1.us-west') }),
    scheduled(restart({ nodes: node('web-2.us-west') }), { startMs: 10_000 }),
  ],
});
