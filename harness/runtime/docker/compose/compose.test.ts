import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import { stage7 } from '../../../../targets/photo-sharing/index.ts';
import { edgeName, type NodeDefinition, protocolOf, type Topology } from '../../../model/topology.ts';
import { smallTopology, TEST_SOURCES, topologyWithSpare } from '../../testing/test-topology.ts';
import { HARNESS_NETWORK } from '../container-addresses.ts';
import { freeSubnets } from '../subnets.ts';
import { COMPOSE_FILE, composeFiles } from './compose.ts';
import type { ComposeFile } from './compose-file.ts';
import { COMPOSE_FOLDER } from './mount.ts';

const PROJECT = fileURLToPath(new URL('../../../..', import.meta.url));

interface ProxyInFile {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly protocol?: string;
  readonly toxics?: readonly unknown[];
}

function generated(files: ReadonlyMap<string, string>): { file: ComposeFile; proxies: ProxyInFile[] } {
  return {
    file: parse(files.get(COMPOSE_FILE)!) as ComposeFile,
    proxies: JSON.parse(files.get(`${COMPOSE_FOLDER}/toxiproxy/toxiproxy.json`)!),
  };
}

/** Of a topology of the tests, which has no dashboard. */
function filesOf(topology: Topology): ReadonlyMap<string, string> {
  const image = { ...stage7.image, projectFolder: PROJECT };
  return composeFiles({ topology: () => topology, image, sources: TEST_SOURCES });
}

describe('The Compose file of the reference target', () => {
  const files = composeFiles(stage7);
  const topology = stage7.topology({ parameters: {} });
  const { file, proxies } = generated(files);
  const services = Object.entries(file.services);
  const { toxiproxy } = file.services;
  const portOf = (address: string) => Number(address.split(':').at(-1));

  it('is in git as it is generated, with the files that it mounts and no others', () => {
    const paths = [COMPOSE_FILE, ...filesIn(join(PROJECT, COMPOSE_FOLDER))];
    const differing = [...new Set([...paths, ...files.keys()])].filter((path) => contentOf(path) !== files.get(path));
    assert.deepEqual(differing, [], `not as they are generated: ${differing.join(', ')}; run npm run compose`);
  });

  it('has a proxy for every edge, by the name of the edge, in the network of the zone that the edge starts in', () => {
    for (const edge of topology.edges) {
      const name = edgeName(edge);
      const proxy = proxies.find((candidate) => candidate.name === name);
      assert.ok(proxy !== undefined, `${name} has no proxy`);
      const { zone } = [...topology.nodes, ...topology.endpoints].find((end) => end.name === edge.from)!;
      assert.equal(proxy.listen.split(':')[0], toxiproxy!.networks[zone]!.ipv4_address, name);
    }
  });

  it('lets datagrams cross where names are asked for', () => {
    for (const edge of topology.edges.filter((candidate) => protocolOf(topology, candidate) === 'dns')) {
      assert.ok(proxies.some(({ name, protocol }) => name === `${edgeName(edge)} (udp)` && protocol === 'udp'));
    }
  });

  it('leads every proxy to a port of its own and to an address that a service has', () => {
    const listeners = proxies.map(({ listen, protocol = 'tcp' }) => `${listen} ${protocol}`);
    assert.equal(new Set(listeners).size, listeners.length);
    const addresses = services.flatMap(([, { networks }]) =>
      Object.values(networks).map(({ ipv4_address }) => ipv4_address),
    );
    for (const { name, upstream } of proxies) assert.ok(addresses.includes(upstream.split(':')[0]!), name);
  });

  it('puts every node into the network of its zone and into no other', () => {
    for (const { name, zone } of topology.nodes) {
      assert.deepEqual(Object.keys(file.services[name]!.networks), [zone], name);
    }
  });

  it('makes the Toxiproxy server the only one that is in every network', () => {
    assert.deepEqual(Object.keys(toxiproxy!.networks).sort(), Object.keys(file.networks).sort());
    const inTwoZones = services.filter(
      ([, { networks }]) => Object.keys(networks).filter((network) => network !== HARNESS_NETWORK).length > 1,
    );
    assert.deepEqual(
      inTwoZones.map(([name]) => name),
      ['toxiproxy'],
    );
  });

  it('makes every zone an internal network that the Docker driver never takes', () => {
    const subnets = Object.values(file.networks).map(({ ipam }) => ipam.config[0].subnet);
    assert.equal(new Set(subnets).size, subnets.length);
    for (const { name } of topology.zones) assert.equal(file.networks[name]!.internal, true, name);
    const all = freeSubnets(Number.POSITIVE_INFINITY, []).map(({ cidr }) => cidr);
    assert.deepEqual(
      subnets.filter((subnet) => all.includes(subnet)),
      [],
    );
  });

  it('gives no address twice', () => {
    const addresses = services.flatMap(([, { networks }]) =>
      Object.values(networks).map(({ ipv4_address }) => ipv4_address),
    );
    assert.equal(new Set(addresses).size, addresses.length);
  });

  it('publishes on 127.0.0.1 and nowhere else, and none of it by a node', () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port] as const));
    for (const [name, port] of published) assert.match(port, /^127\.0\.0\.1:\d+:\d+(\/udp)?$/, name);
    const publishing = [...new Set(published.map(([name]) => name))];
    assert.deepEqual(publishing, ['toxiproxy', 'grafana', 'jaeger']);
  });

  it('opens the API, the site of each datacenter, the CDN edge, the name server and Prometheus', () => {
    const opened = toxiproxy!.ports!.map((port) => {
      const [, , inside = ''] = port.split(':');
      const [listener, protocol = 'tcp'] = inside.split('/');
      const proxy = proxies.find(
        (candidate) =>
          candidate.listen === `${toxiproxy!.networks[HARNESS_NETWORK]!.ipv4_address}:${listener}` &&
          (candidate.protocol ?? 'tcp') === protocol,
      );
      return proxy?.name ?? 'the API';
    });
    assert.deepEqual(opened, [
      'the API',
      'this machine to lb.us-east:http',
      'this machine to lb.us-west:http',
      'this machine to cdn.edge:http',
      'this machine to geodns.edge:dns',
      'this machine to geodns.edge:dns (udp)',
      'this machine to prometheus.monitoring:api',
    ]);
  });

  it('mounts what it has, each file read-only', () => {
    const mounted = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')));
    for (const [source, , mode] of mounted) assert.deepEqual([files.has(source!.slice(2)), mode], [true, 'ro'], source);
    assert.equal(mounted.length, files.size - 1);
  });

  it('starts no node before its edges are there', () => {
    for (const { name } of topology.nodes) {
      assert.deepEqual(file.services[name]!.depends_on, { toxiproxy: { condition: 'service_healthy' } });
    }
    assert.ok(toxiproxy!.healthcheck !== undefined);
  });

  it('takes spans to Jaeger, which is there with the profile only', () => {
    const { jaeger, grafana } = file.services;
    assert.deepEqual([jaeger!.profiles, grafana!.profiles], [['observability'], ['observability']]);
    const spans = proxies.filter(({ name }) => name.endsWith('->collector:otlp'));
    assert.ok(spans.length > 0);
    for (const { upstream } of spans) {
      assert.equal(upstream, `${jaeger!.networks.monitoring!.ipv4_address}:4318`);
      assert.equal(portOf(upstream), 4318);
    }
  });

  it('shows the dashboard of the target, asked of its own Prometheus', () => {
    const { datasources } = parse(files.get(`${COMPOSE_FOLDER}/grafana/datasources.yml`)!);
    const { ipv4_address } = file.services['prometheus.monitoring']!.networks.monitoring!;
    assert.equal(datasources[0].url, `http://${ipv4_address}:8080`);
    const { panels } = JSON.parse(files.get(`${COMPOSE_FOLDER}/grafana/target.json`)!);
    assert.deepEqual(
      panels.map(({ title, datasource }: { title: string; datasource: { uid: string } }) => [title, datasource.uid]),
      stage7.dashboard!.panels.map(({ title }) => [title, datasources[0].uid]),
    );
  });
});

describe('A Compose file', () => {
  const [service, ...others] = smallTopology.nodes;

  function withNode(changes: Partial<NodeDefinition>): ComposeFile {
    return generated(filesOf({ ...smallTopology, nodes: [{ ...service!, ...changes }, ...others] })).file;
  }

  it('has neither Grafana nor Jaeger without a dashboard', () => {
    const names = ['toxiproxy', ...smallTopology.nodes.map(({ name }) => name)];
    assert.deepEqual(Object.keys(generated(filesOf(smallTopology)).file.services), names);
  });

  it('takes the image, the networks and the ports that it is told', () => {
    const options = {
      imageTag: 'faultline/other:1',
      subnetStart: (n: number) => `10.198.${n + 7}.0`,
      publishedPort: (usual: number) => usual + 10_000,
    };
    const { file } = generated(composeFiles(stage7, options));
    assert.equal(file.services.toxiproxy!.image, 'faultline/other:1');
    assert.equal(file.networks[HARNESS_NETWORK]!.ipam.config[0].subnet, '10.198.7.0/24');
    assert.equal(file.services.toxiproxy!.ports![0], '127.0.0.1:18474:8474');
    assert.deepEqual(file.services.grafana!.ports, ['127.0.0.1:13000:3000']);
  });

  it('limits a node as the topology does', () => {
    const { cpus, mem_limit, memswap_limit } = withNode({ limits: { cpus: 0.5, memoryMebibytes: 64 } }).services[
      service!.name
    ]!;
    assert.deepEqual([cpus, mem_limit, memswap_limit], [0.5, '64m', '64m']);
  });

  it('keeps Compose from taking a dollar sign for a variable', () => {
    const program = { executable: 'sh', arguments: ['-c', 'echo $HOME'], environment: { PRICE: '5$' }, files: {} };
    const { command, environment } = withNode({ program: () => program }).services[service!.name]!;
    assert.deepEqual([command?.at(-1), environment?.PRICE], ['echo $$HOME', '5$$']);
  });

  it('gives a link its normal delay both ways', () => {
    const edges = smallTopology.edges.map((edge) => ({ ...edge, latencyMs: 20 }));
    const { proxies } = generated(filesOf({ ...smallTopology, edges }));
    const attributes = { latency: 20, jitter: 0 };
    const common = { type: 'latency', toxicity: 1, attributes };
    assert.deepEqual(proxies.find(({ name }) => name === edgeName(edges[0]!))!.toxics, [
      { ...common, name: 'link_upstream', stream: 'upstream' },
      { ...common, name: 'link_downstream', stream: 'downstream' },
    ]);
  });
});

describe('The Compose file of a target with a node that starts on request', () => {
  it('has the node in a profile of its own, and only that node', () => {
    const { file } = generated(filesOf(topologyWithSpare));
    const inProfiles = Object.entries(file.services).filter(([, { profiles }]) => profiles !== undefined);
    assert.deepEqual(
      inProfiles.map(([name, { profiles }]) => [name, profiles]),
      [['spare.right', ['on-request']]],
    );
  });
});

/** By path relative to the project. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(PROJECT, join(parentPath, name)).split(sep).join('/'));
}

/** Undefined when there is no such file. */
function contentOf(path: string): string | undefined {
  try {
    return readFileSync(join(PROJECT, path), 'utf8');
  } catch {
    return undefined;
  }
}
