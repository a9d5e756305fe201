import type { TargetOptions } from '../../../harness/model/experiment.ts';
import { CDN_NAME, CDN_ZONE } from '../addresses.ts';
import { CDN_TTL_S } from '../parts/cdn.ts';
import { replication } from './4-replication.ts';
import type { Site } from './site.ts';

/**
 * What people look at comes through the cache: the database is asked once for what many want, and not at all when it goes.
 * The style sheet and images that are liked come from a content delivery network, which is not needed for them either.
 */
export function withCache(options: TargetOptions): Site {
  const site = replication(options);
  return {
    ...site,
    name: 'stage-5',
    title: 'Photo sharing with a cache and a content delivery network',
    webServers: site.webServers.map((server) => ({ ...server, content: 'cache' as const, cdn: CDN_NAME })),
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
