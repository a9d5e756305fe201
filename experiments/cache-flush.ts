import { cacheFlush, tier } from '../harness/index.ts';
import { stage5, stage6 } from '../targets/photo-sharing/index.ts';
import { onOneSite } from './one-site.ts';

/** A cache may be empty at any time: the database has to bear what it spared it. */
export default onOneSite({
  name: 'cache-flush',
  title: 'When the cache is emptied, nobody notices and it fills again',
  description: 'Deletes every key of the cache while users look at what was in it.',
  target: stage6,
  otherTargets: [stage5],
  faults: () => [cacheFlush({ nodes: tier('cache') })],
});
