import { pause, role } from '../harness/index.ts';
import { stage4, stage5, stage6, stage7 } from '../targets/photo-sharing/index.ts';
import { onOneSite } from './one-site.ts';

/** A primary that wakes up after somebody else was promoted must not serve a single write. */
export default onOneSite({
  name: 'db-primary-pause',
  title: 'When the primary database stands still and comes back, there is never a second primary and no write is lost',
  description: 'Stops the primary database without ending it, watches the promotion, and lets it go on.',
  target: stage4,
  otherTargets: [stage5, stage6, stage7],
  objectives: { rtoWritesMs: 20_000 },
  faults: () => [pause({ nodes: role('primary') })],
});
