import type { TargetOptions } from '../../../harness/model/experiment.ts';
import { replication } from './4-replication.ts';
import type { Site } from './site.ts';

/** What people look at comes through the cache: the database is asked once for what many want, and not at all when it goes. */
export function withCache(options: TargetOptions): Site {
  const site = replication(options);
  return {
    ...site,
    name: 'stage-5',
    title: 'Photo sharing with a cache',
    webServers: site.webServers.map((server) => ({ ...server, content: 'cache' as const })),
  };
}
