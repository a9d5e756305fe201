import { kill, role } from '../harness/index.ts';
import { stage4, stage5, stage6, stage7 } from '../targets/photo-sharing/index.ts';
import { onOneSite } from './one-site.ts';

/** What replication is for. */
export default onOneSite({
  name: 'db-primary-kill',
  title: 'When the primary database dies, its replica takes over and no acknowledged write is lost',
  description: 'Kills the primary database, watches the promotion, and brings it back as a standby.',
  target: stage4,
  otherTargets: [stage5, stage6, stage7],
  objectives: { rtoWritesMs: 20_000 },
  faults: () => [kill({ nodes: role('primary') })],
});
