import { fileURLToPath } from 'node:url';
import type { Target } from '../../harness/model/experiment.ts';
import { CLIENT_SUBNETS, ENTRY_ADDRESSES, SITE_NAME } from './addresses.ts';
import { photoSharingDashboard } from './dashboard.ts';
import { photoSharingImage } from './image/definition.ts';
import { STANDBY_LAG_LIMIT_MS } from './parts/database.ts';
import { photoSharingProbes } from './probes.ts';
import { dataCenters } from './stages/7-data-centers.ts';

/** What each way to replicate promises about acknowledged writes. */
export const DURABILITY_TERMS: Readonly<Record<string, string>> = {
  sync: 'durability=sync: while there is a standby, a write is acknowledged only when the standby has it',
  async: `durability=async: a write is acknowledged before the standby has it, and a standby that is up to ${STANDBY_LAG_LIMIT_MS / 1000} s behind may take over; what it lacks is lost`,
};

const absolute = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Stage 7 of the photo-sharing site: two data centers. */
export const twoDataCenters: Target = {
  name: 'stage-7',
  title: 'Photo sharing in two data centers',
  mutants: [
    { name: 'no-promotion', summary: 'the standby never promotes itself' },
    { name: 'no-fencing', summary: 'an isolated primary goes on serving' },
    { name: 'false-in-sync', summary: 'the lease record says "in sync" over a slow, asynchronous replication edge' },
    { name: 'geodns-without-health-checks', summary: 'the name server goes on answering with a dead datacenter' },
    { name: 'sessions-in-memory', summary: 'sessions live only in the memory of one web server' },
    { name: 'telemetry-off', summary: 'the web servers export no spans' },
  ],
  topology: dataCenters,
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
    'geodns_datacenter_up',
    'haproxy_server_status{state="UP"}',
  ],
  dashboard: photoSharingDashboard,
};
