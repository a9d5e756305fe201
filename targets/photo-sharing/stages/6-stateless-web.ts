import type { TargetOptions } from '../../../harness/model/experiment.ts';
import type { WebServerOptions } from '../parts/web-server.ts';
import { namedAs } from './3-load-balancer.ts';
import { withCache } from './5-cache.ts';
import type { Site } from './site.ts';

const FURTHER = ['web-4'];

/**
 * Sessions leave the web servers for the database, and the cache keeps copies of them: any web server can serve anybody,
 * so that one more or one less is nothing that users notice. So their number follows the load: an autoscaler has further
 * ones started and stopped.
 */
export function statelessWeb(options: TargetOptions): Site {
  const site = withCache(options);
  // With stickiness the mutant shows nothing until a web server is gone, as in real life.
  const inMemory = options.mutant === 'sessions-in-memory';
  return {
    ...site,
    name: 'stage-6',
    title: 'Photo sharing with stateless web servers',
    loadBalancers: site.loadBalancers.map((balancer) => ({ ...balancer, stickySessions: inMemory })),
    webServers: [...site.webServers, ...site.datacenters.flatMap((zone) => further(site, zone))].map((server) => ({
      ...server,
      sessions: inMemory ? 'memory' : 'database',
    })),
    autoscalers: site.datacenters.map((zone) => ({
      zone,
      host: `autoscaler-host.${zone}`,
      mutant: options.mutant,
    })),
  };
}

function further(site: Site, zone: string): WebServerOptions[] {
  const like = site.webServers.find((server) => server.zone === zone && server.start === 'request');
  return like === undefined ? [] : FURTHER.map((name) => namedAs(name, like));
}
