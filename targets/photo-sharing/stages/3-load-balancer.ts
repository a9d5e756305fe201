import type { TargetOptions } from '../../../harness/model/experiment.ts';
import { separateDatabase } from './2-separate-database.ts';
import type { Site } from './site.ts';

const WEB_SERVERS = ['web-1', 'web-2'];

/**
 * A load balancer before two web servers: one of them may die. Sessions still live in the web servers, so each user is
 * sent to the one that knows them.
 */
export function withLoadBalancer(options: TargetOptions): Site {
  const site = separateDatabase(options);
  return {
    ...site,
    name: 'stage-3',
    title: 'Photo sharing behind a load balancer',
    loadBalancers: site.datacenters.map((zone) => ({
      zone,
      host: `lb-host.${zone}`,
      databases: [],
      stickySessions: true,
      mutant: options.mutant,
    })),
    webServers: site.webServers.flatMap((server) =>
      WEB_SERVERS.map((name) => ({ ...server, name: `${name}.${server.zone}`, host: `${name}-host.${server.zone}` })),
    ),
    caches: site.caches.map((cache) => ({ ...cache, host: `cache-host.${cache.zone}` })),
  };
}
