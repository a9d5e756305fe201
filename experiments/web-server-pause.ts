import { node, pause } from '../harness/index.ts';
import { stage3, stage4, stage5, stage6, stage7 } from '../targets/photo-sharing/index.ts';
import { LOGGED_OUT, onOneSite } from './one-site.ts';

/** A gray failure: the server is there, its connections are open, and it answers nobody. */
export default onOneSite({
  name: 'web-server-pause',
  title:
    'When a web server stands still without closing a connection, its users are served by another one within seconds',
  description: 'Stops the first web server without ending it, and lets it go on.',
  target: stage6,
  otherTargets: [stage3, stage4, stage5, stage7],
  weaknesses: LOGGED_OUT,
  faults: () => [pause({ nodes: node('web-1.us-west') })],
});
