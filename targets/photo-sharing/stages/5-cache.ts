import type { TargetOptions } from '../../../harness/model/experiment.ts';
import { replication } from './4-replication.ts';
import type { Site } from './site.ts';

const CACHES = ['cache-1', 'cache-2'];

/**
 * What people look at comes through caches: the database is asked once for what many want. Each of the two keeps a part of
 * it, and takes over for the other, so that neither is needed.
 */
export function withCache(options: TargetOptions): Site {
  const site = replication(options);
  return {
    ...site,
    name: 'stage-5',
    title: 'Photo sharing with a cache',
    webServers: site.webServers.map((server) => ({ ...server, content: 'cache' as const })),
    caches: site.datacenters.flatMap((zone) =>
      CACHES.map((name) => ({ name: `${name}.${zone}`, zone, host: `${name}-host.${zone}` })),
    ),
  };
}
