import { stringify } from 'yaml';
import type { Dashboard } from '../../../model/dashboard.ts';
import { type Address, formatAddress } from '../../../model/topology.ts';
import { HARNESS_NETWORK } from '../container-addresses.ts';
import type { Subnet } from '../subnets.ts';
import type { ComposePart, ComposeService } from './compose-file.ts';
import { DATA_SOURCE, grafanaDashboard } from './grafana-dashboard.ts';
import { memberOf } from './membership.ts';
import { COMPOSE_FOLDER } from './mount.ts';

export const OBSERVABILITY_PROFILE = 'observability';

const GRAFANA_IMAGE = 'grafana/grafana:12.3.1';
const JAEGER_IMAGE = 'jaegertracing/jaeger:2.14.1';
const OTLP_PORT = 4318;
/** What these programs listen on, and what they are published as. */
export const GRAFANA_PORT = 3000;
export const JAEGER_PORT = 16_686;
/** In their networks, beyond the nodes. */
const JAEGER = 200;
const GRAFANA = 201;
const FOLDER = `${COMPOSE_FOLDER}/grafana`;
const DASHBOARDS = '/var/lib/grafana/dashboards';

/** Where Jaeger takes spans. Nobody is there while the profile is off: services drop what they cannot send. */
export function jaegerCollector(zone: Subnet): Address {
  return { host: zone.address(JAEGER), port: OTLP_PORT };
}

/**
 * Grafana and Jaeger, from their own images, for who asks for the profile. They watch the target from inside and are no
 * part of it: they are in the network of what they are connected with, and publish their pages themselves.
 */
export function observabilityPart(options: {
  dashboard: Dashboard;
  prometheus: { readonly zone: string; readonly api: Address };
  collectorZone: string;
  subnets: ReadonlyMap<string, Subnet>;
  publishedPort: (usual: number) => number;
}): ComposePart {
  const { dashboard, prometheus, collectorZone, subnets, publishedPort } = options;
  const service = (image: string, zone: string, { number, port }: { number: number; port: number }) => ({
    image,
    profiles: [OBSERVABILITY_PROFILE],
    // Ports cannot be published on an internal network.
    networks: memberOf(
      new Map([HARNESS_NETWORK, zone].map((network) => [network, subnets.get(network)!.address(number)])),
    ),
    ports: [`127.0.0.1:${publishedPort(port)}:${port}`],
  });
  const grafana: ComposeService = {
    ...service(GRAFANA_IMAGE, prometheus.zone, { number: GRAFANA, port: GRAFANA_PORT }),
    environment: GRAFANA_SETTINGS,
    volumes: [
      `./${FOLDER}/datasources.yml:/etc/grafana/provisioning/datasources/target.yml:ro`,
      `./${FOLDER}/dashboards.yml:/etc/grafana/provisioning/dashboards/target.yml:ro`,
      `./${FOLDER}/target.json:${DASHBOARDS}/target.json:ro`,
    ],
  };
  const jaeger: ComposeService = {
    ...service(JAEGER_IMAGE, collectorZone, { number: JAEGER, port: JAEGER_PORT }),
    environment: { JAEGER_LISTEN_HOST: '0.0.0.0' },
  };
  const files = new Map([
    [`${FOLDER}/datasources.yml`, dataSources(prometheus.api)],
    [`${FOLDER}/dashboards.yml`, DASHBOARD_PROVIDERS],
    [`${FOLDER}/target.json`, grafanaDashboard(dashboard)],
  ]);
  return { services: { grafana, jaeger }, files };
}

/** Whoever can open 127.0.0.1 may use it without a password; it asks nothing of the internet. */
const GRAFANA_SETTINGS = {
  GF_AUTH_ANONYMOUS_ENABLED: 'true',
  GF_AUTH_ANONYMOUS_ORG_ROLE: 'Editor',
  GF_AUTH_DISABLE_LOGIN_FORM: 'true',
  GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: `${DASHBOARDS}/target.json`,
  GF_ANALYTICS_REPORTING_ENABLED: 'false',
  GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
  GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
  GF_PLUGINS_PREINSTALL_DISABLED: 'true',
};

function dataSources(prometheus: Address): string {
  const source = {
    name: 'Prometheus',
    ...DATA_SOURCE,
    access: 'proxy',
    url: `http://${formatAddress(prometheus)}`,
    isDefault: true,
    // Of the target's scrapes.
    jsonData: { timeInterval: '1s' },
  };
  return stringify({ apiVersion: 1, datasources: [source] });
}

const DASHBOARD_PROVIDERS = stringify({
  apiVersion: 1,
  providers: [{ name: 'target', type: 'file', options: { path: DASHBOARDS } }],
});
