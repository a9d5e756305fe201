import { replicaLag, role } from '../harness/index.ts';
import { stage4, stage5, stage6, stage7 } from '../targets/photo-sharing/index.ts';
import { onOneSite } from './one-site.ts';

/** With synchronous replication every commit would wait for the lag, which is what was asked for and not a failure. */
export default onOneSite({
  name: 'replica-lag',
  title: 'When an asynchronous replica falls seconds behind, users still read what they wrote and writes do not wait',
  description: 'Keeps the standby database three seconds behind its primary, and lets it catch up.',
  target: stage4,
  otherTargets: [stage5, stage6, stage7],
  durability: 'async',
  faults: () => [replicaLag({ nodes: role('standby'), lagMs: 3000 })],
});
