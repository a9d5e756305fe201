import type { TargetOptions } from '../../../harness/model/experiment.ts';
import type { WebServerOptions } from '../parts/web-server.ts';
import { separateDatabase } from './2-separate-database.ts';
import type { Site } from './site.ts';

const WEB_SERVERS = ['web-1', 'web-2'];
const ON_REQUEST = ['web-3'];

/**
 * A load balancer before two web servers: one of them may die, and a third one can be added while they serve. Sessions
 * still live in the web servers, so each user is sent to the one that knows them.
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
    webServers: site.webServers.flatMap((server) => [
      ...WEB_SERVERS.map((name) => namedAs(name, server)),
      ...ON_REQUEST.map((name) => ({ ...namedAs(name, server), start: 'request' as const })),
    ]),
    caches: site.caches.map((cache) => ({ ...cache, host: `cache-host.${cache.zone}` })),
  };
}

/** One like this on a host of its own. */
export function namedAs(name: string, server: WebServerOptions): WebServerOptions {
  return { ...server, name: `${name}.${server.zone}`, host: `${name}-host.${server.zone}` };
}
