import type { TargetOptions } from '../../../harness/model/experiment.ts';
import type { Site } from './site.ts';

/** Where the site begins, and where its primary database lives in all stages. */
export const HOME = 'us-west';

/** Web server, database and cache on one host: it is the whole site, and the whole failure domain. */
export function singleServer({ mutant }: TargetOptions): Site {
  const zone = HOME;
  const host = `server.${zone}`;
  const database = { node: `db.${zone}`, port: 'sql' };
  return {
    name: 'stage-1',
    title: 'Photo sharing on a single server',
    zones: [{ name: zone, kind: 'datacenter' }],
    datacenters: [zone],
    sharePercent: 100,
    loadBalancers: [],
    webServers: [
      {
        ...{ name: `web-1.${zone}`, zone, host, mutant },
        ...{ sqlRead: database, sqlWrite: database, content: 'database', sessions: 'memory' },
      },
    ],
    caches: [{ zone, host }],
    databases: [{ name: database.node, zone, host, role: 'primary', durability: 'sync', coordinators: [], mutant }],
    coordinators: [],
    cdns: [],
  };
}
