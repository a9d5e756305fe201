import { cacheFlush, tier } from '../harness/index.ts';
import { stage5, stage6 } from '../targets/photo-sharing/index.ts';
import { onOneSite } from './one-site.ts';

/** Caches may be empty at any time: the database has to bear what they spared it. */
export default onOneSite({
  name: 'cache-flush',
  title: 'When the caches are emptied, nobody notices and they fill again',
  description: 'Deletes every key of the caches while users look at what was in them.',
  target: stage6,
  otherTargets: [stage5],
  faults: () => [cacheFlush({ nodes: tier('cache') })],
});
