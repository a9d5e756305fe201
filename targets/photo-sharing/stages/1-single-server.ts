import type { TargetOptions } from '../../../harness/model/experiment.ts';
import type { Site } from './site.ts';

/** Where the site begins, and where its primary database lives in all stages. */
export const HOME = 'us-west';

/** Far more than a web server has in flight while all is well: what fills it up is a database that does not answer. */
const IN_FLIGHT_MAX = 64;

/**
 * Web server, database and cache on one host: it is the whole site, and the whole failure domain. The cache is there as
 * in every such picture, but the site does not read through it before stage 5.
 */
export function singleServer({ mutant, parameters }: TargetOptions): Site {
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
        inFlightMax: Number(parameters.inFlightMax ?? IN_FLIGHT_MAX),
        databaseLatencyMs: Number(parameters.databaseLatencyMs ?? 0),
        cacheLatencyMs: Number(parameters.cacheLatencyMs ?? 0),
      },
    ],
    autoscalers: [],
    caches: [{ name: `cache-1.${zone}`, zone, host }],
    cdns: [],
    databases: [{ name: database.node, zone, host, role: 'primary', durability: 'sync', coordinators: [], mutant }],
    coordinators: [],
  };
}
