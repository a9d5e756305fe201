import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Edge, formatAddress, type NodeDefinition, type Topology } from '../../model/topology.ts';

/** The folder of the tests' own services. */
export const TEST_SOURCES = fileURLToPath(new URL('./fixtures', import.meta.url));

/** What the tests' name server knows; the address is one of documentation, never dialled. */
export const TEST_SITE = { name: 'notes.example', address: '192.0.2.1' };

const common = (name: string, tier: NodeDefinition['tier']) => {
  const zone = name.split('.')[1]!;
  return { name, tier, zone, host: `host-of-${name}` };
};

const service: NodeDefinition = {
  ...common('service.left', 'web'),
  ports: { http: 'http' },
  readiness: { kind: 'http', port: 'http', path: '/healthz', bodyIncludes: 'good day' },
  program: (wiring) => ({
    executable: wiring.executable('node'),
    arguments: ['--disable-warning=ExperimentalWarning', `${wiring.sources}/service.ts`],
    environment: { LISTEN: formatAddress(wiring.listen('http')), GREETING: 'good day' },
    files: {},
  }),
};

const cache: NodeDefinition = {
  ...common('cache.right', 'cache'),
  ports: { redis: 'redis' },
  readiness: { kind: 'tcp', port: 'redis' },
  program: (wiring) => ({
    executable: wiring.executable('redis-server'),
    arguments: ['conf/redis.conf'],
    environment: {},
    files: {
      'conf/redis.conf': `bind ${wiring.listen('redis').host}
port ${wiring.listen('redis').port}
protected-mode no
appendonly yes
save ""
`,
    },
  }),
};

const balancer: NodeDefinition = {
  ...common('lb.left', 'load-balancer'),
  ports: { http: 'http', redis: 'redis' },
  readiness: { kind: 'http', port: 'http', path: '/healthz' },
  program: (wiring) => ({
    executable: wiring.executable('haproxy'),
    arguments: ['-db', '-f', 'haproxy.cfg'],
    environment: {},
    files: {
      'haproxy.cfg': `defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 10s
listen site
  bind ${formatAddress(wiring.listen('http'))}
  server service ${formatAddress(wiring.to('service.left', 'http'))}
listen cache
  mode tcp
  bind ${formatAddress(wiring.listen('redis'))}
  server cache ${formatAddress(wiring.to('cache.right', 'redis'))}
`,
    },
  }),
};

const queue = (zone: string, peerZone: string): NodeDefinition => ({
  ...common(`queue.${zone}`, 'coordination'),
  ports: { nats: 'nats', route: 'nats' },
  readiness: { kind: 'tcp', port: 'nats' },
  program: (wiring) => ({
    executable: wiring.executable('nats-server'),
    arguments: ['--config', 'nats.conf'],
    environment: {},
    files: {
      'nats.conf': `server_name: "${wiring.node.name}"
listen: "${formatAddress(wiring.listen('nats'))}"
cluster {
  name: tests
  listen: "${formatAddress(wiring.listen('route'))}"
  no_advertise: true
  advertise: "127.0.0.1:1"
  routes: ["nats-route://${formatAddress(wiring.to(`queue.${peerZone}`, 'route'))}"]
}
`,
    },
  }),
});

const database: NodeDefinition = {
  ...common('db.right', 'database'),
  ports: { sql: 'postgres' },
  readiness: { kind: 'tcp', port: 'sql' },
  program: (wiring) => ({
    executable: wiring.executable('node'),
    arguments: ['--disable-warning=ExperimentalWarning', `${wiring.sources}/postgres.ts`],
    environment: { LISTEN: formatAddress(wiring.listen('sql')), BIN: dirname(wiring.executable('postgres')) },
    files: {},
  }),
};

const names: NodeDefinition = {
  ...common('names.left', 'dns'),
  ports: { dns: 'dns' },
  readiness: { kind: 'tcp', port: 'dns' },
  program: (wiring) => ({
    executable: wiring.executable('node'),
    arguments: ['--disable-warning=ExperimentalWarning', `${wiring.sources}/name-server.ts`],
    environment: { LISTEN: formatAddress(wiring.listen('dns')), KNOWN: `${TEST_SITE.name}=${TEST_SITE.address}` },
    files: {},
  }),
};

/** A small system of real servers that has something of every protocol: two zones, and clients in a third. */
export const testTopology: Topology = topologyOf('mixed', [
  service,
  cache,
  balancer,
  queue('left', 'right'),
  queue('right', 'left'),
  database,
  names,
]);

/** As the service, but it runs only while somebody wants it to. */
const spare: NodeDefinition = { ...service, ...common('spare.right', 'web'), start: 'request' };

/** With a node that starts on request. */
export const topologyWithSpare: Topology = topologyOf('spare', [service, cache, database, spare]);

/** Two quick nodes: for tests that start a target of their own. */
export const smallTopology: Topology = topologyOf('small', [service, cache]);

/** What a load generator needs: clients of a region, a name server, and a site. */
export const siteTopology: Topology = withRegion(topologyOf('site', [service, names]));

function withRegion(site: Topology): Topology {
  const from = 'clients.left';
  return {
    ...site,
    endpoints: [...site.endpoints, { name: from, tier: 'clients', zone: 'clients', ports: {} }],
    edges: [
      ...site.edges,
      { from, to: 'names.left', port: 'dns', plane: 'data' },
      { from, to: 'service.left', port: 'http', plane: 'data' },
    ],
  };
}

/** A topology of these nodes, with clients that reach every port and those of the edges above that fit. */
export function topologyOf(name: string, nodes: readonly NodeDefinition[]): Topology {
  const known = new Set(nodes.map((node) => node.name));
  const between: Edge[] = [
    { from: 'lb.left', to: 'service.left', port: 'http', plane: 'data' },
    { from: 'lb.left', to: 'cache.right', port: 'redis', plane: 'data' },
    { from: 'queue.left', to: 'queue.right', port: 'route', plane: 'control' },
    { from: 'queue.right', to: 'queue.left', port: 'route', plane: 'control' },
    { from: 'service.left', to: 'collector', port: 'otlp', plane: 'telemetry' },
  ];
  return {
    name,
    title: `The ${name} system of the tests`,
    zones: [
      { name: 'left', kind: 'datacenter' },
      { name: 'right', kind: 'datacenter' },
      { name: 'clients', kind: 'clients' },
    ],
    hosts: nodes.map(({ host, zone }) => ({ name: host, zone })),
    nodes,
    endpoints: [
      { name: 'clients', tier: 'clients', zone: 'clients', ports: {} },
      { name: 'collector', tier: 'telemetry', zone: 'clients', ports: { otlp: 'http' } },
    ],
    edges: [
      ...nodes.flatMap(({ name: to, ports }) =>
        Object.keys(ports).map((port): Edge => ({ from: 'clients', to, port, plane: 'data' })),
      ),
      ...between.filter(({ from, to }) => known.has(from) && (known.has(to) || to === 'collector')),
    ],
  };
}
