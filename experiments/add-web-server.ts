import { addedServers, node, pause, start } from '../harness/index.ts';
import { stage3, stage4, stage5, stage6 } from '../targets/photo-sharing/index.ts';
import { onOneSite } from './one-site.ts';

/** Where sessions live in the web servers, an added one can take only those that begin. */
const NEW_SESSIONS = 0.1;

export default onOneSite({
  name: 'add-web-server',
  title:
    'A web server that is added under load takes its share of it within seconds, and no operation fails because of it',
  description:
    'Starts the third web server, which stays, while users go on and some log in anew; an autoscaler stands still meanwhile.',
  target: stage3,
  otherTargets: [stage4, stage5, stage6],
  load: { newSessionShare: NEW_SESSIONS },
  checks: [addedServers()],
  faults: (_, { nodes }) => [
    // It would take away again what the load does not need.
    ...nodes.filter(({ tier }) => tier === 'scaling').map(({ name }) => pause({ nodes: node(name) })),
    start({ nodes: node('web-3.us-west'), stays: true }),
  ],
});
