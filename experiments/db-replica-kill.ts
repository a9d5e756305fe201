import { kill, role } from '../harness/index.ts';
import { stage4, stage5, stage6, stage7 } from '../targets/photo-sharing/index.ts';
import { onOneSite } from './one-site.ts';

/** A copy that serves reads must not be needed for them. */
export default onOneSite({
  name: 'db-replica-kill',
  title: 'When the database replica dies, reads go to the primary within seconds and writes go on without it',
  description: 'Kills the standby database, and starts it again.',
  target: stage4,
  otherTargets: [stage5, stage6, stage7],
  faults: () => [kill({ nodes: role('standby') })],
});
