import type { TargetOptions } from '../../../harness/model/experiment.ts';
import { withCache } from './5-cache.ts';
import type { Site } from './site.ts';

/**
 * Sessions leave the web servers for the database, and the cache keeps copies of them: any web server can serve anybody,
 * so that one more or one less is nothing that users notice.
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
    webServers: site.webServers.map((server) => ({ ...server, sessions: inMemory ? 'memory' : 'database' })),
  };
}
