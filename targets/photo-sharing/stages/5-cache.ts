import type { TargetOptions } from '../../../harness/model/experiment.ts';
import { CDN_NAME, CDN_ZONE } from '../addresses.ts';
import { CDN_TTL_S } from '../parts/cdn.ts';
import { replication } from './4-replication.ts';
import type { Site } from './site.ts';

const CACHES = ['cache-1', 'cache-2'];

/**
 * What people look at comes through caches: the database is asked once for what many want. Each of the two keeps a part of
 * it, and takes over for the other, so that neither is needed. The style sheet and images that are liked come from a
 * content delivery network, which is not needed for them either.
 */
export function withCache(options: TargetOptions): Site {
  const site = replication(options);
  return {
    ...site,
    name: 'stage-5',
    title: 'Photo sharing with caches and a content delivery network',
    webServers: site.webServers.map((server) => ({ ...server, content: 'cache' as const, cdn: CDN_NAME })),
    caches: site.datacenters.flatMap((zone) =>
      CACHES.map((name) => ({ name: `${name}.${zone}`, zone, host: `${name}-host.${zone}` })),
    ),
    cdns: [
      {
        zone: CDN_ZONE,
        host: `cdn-host.${CDN_ZONE}`,
        ttlSeconds: Number(options.parameters.cdnTtl ?? CDN_TTL_S),
        mutant: options.mutant,
      },
    ],
  };
}
