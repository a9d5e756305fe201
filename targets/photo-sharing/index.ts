import { fileURLToPath } from 'node:url';
import type { Target } from '../../harness/model/experiment.ts';
import { CLIENT_SUBNETS, ENTRY_ADDRESSES, SITE_NAME } from './addresses.ts';
import { photoSharingDashboard } from './dashboard.ts';
import { photoSharingImage } from './image/definition.ts';
import { admission } from './parts/admission.ts';
import { STANDBY_LAG_LIMIT_MS } from './parts/database.ts';
import { photoSharingProbes } from './probes.ts';
import { singleServer } from './stages/1-single-server.ts';
import { separateDatabase } from './stages/2-separate-database.ts';
import { withLoadBalancer } from './stages/3-load-balancer.ts';
import { replication } from './stages/4-replication.ts';
import { withCache } from './stages/5-cache.ts';
import { statelessWeb } from './stages/6-stateless-web.ts';
import { dataCenters } from './stages/7-data-centers.ts';
import { type Stage, topologyOf } from './stages/site.ts';

/** What each way to replicate promises about acknowledged writes. */
export const DURABILITY_TERMS: Readonly<Record<string, string>> = {
  sync: 'durability=sync: while there is a standby, a write is acknowledged only when the standby has it',
  async: `durability=async: a write is acknowledged before the standby has it, and a standby that is up to ${STANDBY_LAG_LIMIT_MS / 1000} s behind may take over; what it lacks is lost`,
};

const absolute = (path: string) => fileURLToPath(new URL(path, import.meta.url));

type Mutants = Target['mutants'];

const TELEMETRY_OFF: Mutants = [{ name: 'telemetry-off', summary: 'the web servers export no spans' }];
const REPLICATED: Mutants = [
  { name: 'no-promotion', summary: 'the standby never promotes itself' },
  { name: 'no-fencing', summary: 'an isolated primary goes on serving' },
  { name: 'false-in-sync', summary: 'the lease record says "in sync" over a slow, asynchronous replication edge' },
];
const READ_FROM_REPLICAS: Mutants = [
  { name: 'replica-reads-without-fallback', summary: 'reads are not taken to the primary when the replica is gone' },
];
const CACHED: Mutants = [
  { name: 'no-stampede-protection', summary: 'everybody who misses something in the cache loads it' },
  { name: 'cache-not-invalidated', summary: 'what a write changes stays in the caches as it was' },
  { name: 'cdn-without-stale', summary: 'the content delivery network serves no copy that has expired' },
  { name: 'no-origin-fallback', summary: 'pages do not say where an asset is when the content delivery network fails' },
];
const STATELESS: Mutants = [
  { name: 'sessions-in-memory', summary: 'sessions live only in the memory of one web server' },
];
const SCALED: Mutants = [{ name: 'autoscaler-off', summary: 'the autoscaler never asks for a web server' }];

function photoSharing(stage: Stage, mutants: Mutants): Target {
  const topology = topologyOf(stage);
  const { name, title } = topology({ parameters: {} });
  return {
    name,
    title,
    mutants,
    topology,
    clientModule: absolute('clients/model.ts'),
    sources: absolute('.').replace(/\/$/, ''),
    image: photoSharingImage,
    siteName: SITE_NAME,
    entryAddresses: ENTRY_ADDRESSES,
    clientSubnets: CLIENT_SUBNETS,
    probes: photoSharingProbes,
    recordedMetrics: [
      'up',
      'sum by (instance, zone, method, status) (rate(http_requests_total[5s]))',
      '{__name__=~"database_.*"}',
      '{__name__=~"content_.*_total"}',
      '{__name__=~"cdn_.*_total"}',
      'geodns_datacenter_up',
      '{__name__=~"autoscaler_.*"}',
      'http_requests_in_flight',
      'haproxy_server_status{state="UP"}',
    ],
    directAccess,
    dashboard: photoSharingDashboard,
  };
}

function directAccess(runId: string): string {
  const pass = admission({ runId });
  return `Directly: PGPASSWORD=${pass} psql -U photos photos -h HOST -p PORT; web servers behind a load balancer ask for the
header x-entry-token: ${pass}`;
}

/** Stage 1: everything on one server. */
export const stage1 = photoSharing(singleServer, TELEMETRY_OFF);
/** Stage 2: the database on a host of its own. */
export const stage2 = photoSharing(separateDatabase, TELEMETRY_OFF);
/** Stage 3: a load balancer and two web servers. */
export const stage3 = photoSharing(withLoadBalancer, TELEMETRY_OFF);
/** Stage 4: a second database that follows the first and can take over. */
export const stage4 = photoSharing(replication, [...TELEMETRY_OFF, ...REPLICATED, ...READ_FROM_REPLICAS]);
/** Stage 5: what people look at comes through a cache, and what never changes from a content delivery network. */
export const stage5 = photoSharing(withCache, [...TELEMETRY_OFF, ...REPLICATED, ...READ_FROM_REPLICAS, ...CACHED]);
/** Stage 6: sessions leave the web servers, and their number follows the load. */
export const stage6 = photoSharing(statelessWeb, [
  ...TELEMETRY_OFF,
  ...REPLICATED,
  ...READ_FROM_REPLICAS,
  ...CACHED,
  ...STATELESS,
  ...SCALED,
]);
/** Stage 7: two data centers. */
export const stage7 = photoSharing(dataCenters, [
  ...REPLICATED,
  ...READ_FROM_REPLICAS,
  ...CACHED,
  { name: 'geodns-without-health-checks', summary: 'the name server goes on answering with a dead datacenter' },
  ...STATELESS,
  ...TELEMETRY_OFF,
]);

/** In the order of the ladder. */
export const STAGES = [stage1, stage2, stage3, stage4, stage5, stage6, stage7];
