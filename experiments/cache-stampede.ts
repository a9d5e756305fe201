import { cacheFlush, celebrity, scheduled, stampede, tier } from '../harness/index.ts';
import { stage5, stage6, stage7 } from '../targets/photo-sharing/index.ts';
import { onOneSite } from './one-site.ts';

/** By then everybody looks at the celebrity, and that was proven. */
const FLUSH_AFTER_MS = 12_000;

/** What everybody wants at one time, and nobody has: one has to fetch it, not everybody. */
export default onOneSite({
  name: 'cache-stampede',
  title: 'When everybody looks at one photo and the caches lose it, the database is asked for it only a few times',
  description: 'Sends nearly all interest to one user, and then deletes every key of the caches.',
  target: stage6,
  otherTargets: [stage5, stage7],
  parameters: {
    databaseLatencyMs: {
      summary: 'one-way latency between web servers and databases: the longer a load takes, the more miss it meanwhile',
      default: 25,
      minimum: 10,
      maximum: 50,
    },
  },
  faults: () => [
    celebrity({ share: 0.95 }),
    scheduled(cacheFlush({ nodes: tier('cache') }), { startMs: FLUSH_AFTER_MS }),
  ],
  checks: [
    stampede({
      ...{ lookUps: 'content_look_ups_total', loads: 'content_loads_total' },
      ...{ labels: { kind: 'photo' }, hits: { result: 'hit' }, what: 'photos' },
    }),
  ],
});
