import { hostOutage } from '../harness/index.ts';
import { stage1, stage2, stage3, stage4, stage5, stage6, stage7 } from '../targets/photo-sharing/index.ts';
import { LOGGED_OUT, onOneSite } from './one-site.ts';

const TOTAL = ['rto-reads', 'rto-writes', 'after-failover', 'recovery', 'sessions'];
/** What a host takes with it shows what was put on it: everything, at first. */
export default onOneSite({
  name: 'host-outage',
  title: 'When the host of a web server loses power, service goes on within seconds and nobody is logged out',
  description: 'Cuts the power of the host on which the first web server runs, and brings it back.',
  target: stage6,
  otherTargets: [stage1, stage2, stage3, stage4, stage5, stage7],
  weaknesses: {
    'stage-1': { checks: TOTAL, because: 'the one server is everything' },
    'stage-2': { checks: TOTAL, because: 'there is no second web server' },
    ...LOGGED_OUT,
  },
  faults: (_, { nodes }) => [hostOutage({ host: nodes.find(({ name }) => name === 'web-1.us-west')?.host ?? '' })],
});
