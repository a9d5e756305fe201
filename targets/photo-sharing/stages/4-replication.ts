import type { TargetOptions } from '../../../harness/model/experiment.ts';
import { withLoadBalancer } from './3-load-balancer.ts';
import type { Site } from './site.ts';

/**
 * A second database that follows the first: reads go to it, and it takes over when the primary is lost. Who may be primary
 * is decided by a lease at one coordinator, which is a single point of failure by intent: without it the databases go on
 * as they are, but nobody can take over.
 */
export function replication(options: TargetOptions): Site {
  const site = withLoadBalancer(options);
  const databases = site.databases.flatMap((database) => {
    const names = ['db-1', 'db-2'].map((name) => `${name}.${database.zone}`) as [string, string];
    const shared = {
      ...database,
      durability: String(options.parameters.durability ?? 'sync'),
      coordinators: [`coordinator.${database.zone}`],
    };
    return [
      { ...shared, name: names[0], peer: names[1], host: `db-1-host.${database.zone}` },
      { ...shared, name: names[1], peer: names[0], host: `db-2-host.${database.zone}`, role: 'standby' as const },
    ];
  });
  return {
    ...site,
    name: 'stage-4',
    title: 'Photo sharing with a replicated database',
    // Whoever serves reads as a standby comes first: the primary has the writes to do.
    loadBalancers: site.loadBalancers.map((lb) => ({ ...lb, databases: databases.map(({ name }) => name).reverse() })),
    webServers: site.webServers.map((server) => ({
      ...server,
      sqlRead: { node: `lb.${server.zone}`, port: 'sql-read' },
      sqlWrite: { node: `lb.${server.zone}`, port: 'sql-write' },
    })),
    databases,
    coordinators: site.datacenters,
  };
}
