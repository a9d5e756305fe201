import type { TargetOptions } from '../../../harness/model/experiment.ts';
import { startsWithTarget } from '../../../harness/model/topology.ts';
import type { DatabaseOptions } from '../parts/database.ts';
import { HOME } from './1-single-server.ts';
import { statelessWeb } from './6-stateless-web.ts';
import type { Site } from './site.ts';

/** In the order of the name server's shares. */
const DATACENTERS = ['us-east', HOME];
const WITNESS = 'witness';

/**
 * Everything twice, in two data centers behind a geoDNS. The primary database starts at home and its standby in the other
 * datacenter; a coordinator in each and one in a witness zone hold the lease. Users who are sent to the other datacenter
 * stay logged in, for their sessions are in both databases. Each datacenter has caches of its own, which its web servers
 * read through; they hear of the writes in the other one by its web servers, and if they do not, an entry lives for 30 s.
 * The web servers are as many as come up with the target, without an autoscaler: each datacenter must carry all users when
 * the other is lost, in the seconds in which no server could be added.
 */
export function dataCenters(options: TargetOptions): Site {
  const site = statelessWeb(options);
  const coordinators = [...DATACENTERS, WITNESS];
  return {
    ...site,
    name: 'stage-7',
    title: 'Photo sharing in two data centers',
    zones: [...DATACENTERS.map((name) => ({ name, kind: 'datacenter' as const })), { name: WITNESS, kind: 'witness' }],
    datacenters: DATACENTERS,
    sharePercent: Number(options.parameters.shareEast ?? 50),
    loadBalancers: DATACENTERS.map((zone) => ({
      ...site.loadBalancers[0]!,
      zone,
      host: `lb-host.${zone}`,
      databases: nearestFirst(zone, DATACENTERS).map((datacenter) => `db.${datacenter}`),
    })),
    webServers: DATACENTERS.flatMap((zone) =>
      site.webServers.filter(startsWithTarget).map((server) => ({
        ...server,
        ...{ name: inZone(server.name, zone), host: inZone(server.host, zone), zone },
        sqlRead: { node: `lb.${zone}`, port: 'sql-read' },
        sqlWrite: { node: `lb.${zone}`, port: 'sql-write' },
      })),
    ),
    autoscalers: [],
    caches: DATACENTERS.flatMap((zone) =>
      site.caches.map(({ name, host }) => ({ name: inZone(name, zone), zone, host: inZone(host, zone) })),
    ),
    databases: DATACENTERS.map(
      (zone): DatabaseOptions => ({
        ...site.databases[0]!,
        name: `db.${zone}`,
        zone,
        host: `db-host.${zone}`,
        role: zone === HOME ? 'primary' : 'standby',
        peer: `db.${DATACENTERS.find((other) => other !== zone)}`,
        coordinators: nearestFirst(zone, coordinators).map((other) => `coordinator.${other}`),
      }),
    ),
    coordinators,
  };
}

/** `web-1.us-west` -> `web-1.us-east` */
function inZone(name: string, zone: string): string {
  return `${name.split('.')[0]}.${zone}`;
}

function nearestFirst(zone: string, zones: readonly string[]): string[] {
  return [zone, ...zones.filter((other) => other !== zone)];
}
