import type { Dashboard } from '../../harness/model/dashboard.ts';

const PER_DATACENTER = 'sum by (zone)';
const REQUESTS = `${PER_DATACENTER} (rate(http_requests_total[5s]))`;
/** No series has a status before the first answer with it: without errors the share is 0, not unknown. */
const ERRORS = `${PER_DATACENTER} (rate(http_requests_total{status=~"5.."}[5s])) or ${REQUESTS} * 0`;

const quantile = (share: number) =>
  `histogram_quantile(${share}, sum by (le, zone) (rate(http_request_duration_seconds_bucket[10s])))`;

/** The photo-sharing site from its services' own metrics, as far as they can know. */
export const photoSharingDashboard: Dashboard = {
  title: 'Photo sharing',
  panels: [
    {
      title: 'Requests',
      shape: 'lines',
      unit: 'requests per second',
      queries: [{ expression: REQUESTS, legend: '{{zone}}' }],
    },
    {
      title: 'Requests that ended with a server error',
      shape: 'lines',
      unit: 'share',
      queries: [{ expression: `(${ERRORS}) / (${REQUESTS})`, legend: '{{zone}}' }],
    },
    {
      title: 'Latency',
      shape: 'lines',
      unit: 'seconds',
      queries: [
        { expression: quantile(0.5), legend: '{{zone}} median' },
        { expression: quantile(0.99), legend: '{{zone}} p99' },
      ],
    },
    {
      title: 'Assets from the content delivery network, by how its cache stood to them',
      shape: 'lines',
      unit: 'requests per second',
      queries: [{ expression: 'sum by (cache) (rate(cdn_requests_total[5s]))', legend: '{{cache}}' }],
    },
    {
      title: 'Replication lag',
      shape: 'lines',
      unit: 'seconds',
      queries: [{ expression: 'database_replication_lag_seconds', legend: '{{instance}}' }],
    },
    {
      title: 'Primary database',
      shape: 'states',
      unit: 'none',
      queries: [
        { expression: 'database_primary', legend: '{{instance}} is primary' },
        { expression: 'database_in_sync', legend: '{{instance}} sees "in sync"' },
      ],
    },
    {
      title: 'Datacenters that the name server sends nobody to',
      shape: 'states',
      unit: 'none',
      queries: [
        { expression: '1 - geodns_datacenter_up', legend: '{{datacenter}}' },
        {
          expression: 'max by (datacenter) (ALERTS{alertname="DatacenterUnreachable", alertstate="firing"})',
          legend: '{{datacenter}}: DatacenterUnreachable fires',
        },
      ],
    },
  ],
};
