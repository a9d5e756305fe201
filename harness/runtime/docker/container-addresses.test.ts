import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { edgeName, formatAddress, zoneOf } from '../../model/topology.ts';
import { testTopology } from '../testing/test-topology.ts';
import { accessPoints, accessPortsNeeded } from './access-points.ts';
import { assignContainerAddresses, HARNESS_NETWORK } from './container-addresses.ts';
import { freeSubnets } from './subnets.ts';

const COLLECTOR = { host: '10.1.2.3', port: 4318 };
const ENDPOINTS = { collector: COLLECTOR };
const NETWORKS = [...testTopology.zones.map(({ name }) => name), HARNESS_NETWORK];
const SUBNETS = new Map(freeSubnets(NETWORKS.length, [], () => 0).map((subnet, index) => [NETWORKS[index]!, subnet]));

describe('Addresses of containers', () => {
  const addresses = assignContainerAddresses(testTopology, SUBNETS, ENDPOINTS);
  const networkOf = (host: string) =>
    [...SUBNETS].find(([, { cidr }]) => host.startsWith(cidr.replace(/0\/24$/, '')))?.[0];

  it('lie in the network of the zone that a node is in, and no two are the same', () => {
    for (const { name, zone } of testTopology.nodes) assert.equal(networkOf(addresses.nodes.get(name)!), zone);
    const all = [...addresses.nodes.values(), ...addresses.proxy.values()];
    assert.equal(new Set(all).size, all.length);
  });

  it('give every port of a node a number of its own', () => {
    const listeners = testTopology.nodes.flatMap(({ name, ports }) =>
      Object.keys(ports).map((port) => formatAddress(addresses.listen(name, port))),
    );
    assert.equal(new Set(listeners).size, listeners.length);
  });

  it('let an edge begin in the network of its from-side, and end at its node or at the collector', () => {
    for (const edge of testTopology.edges) {
      const { listen, upstream } = addresses.edge(edgeName(edge));
      assert.equal(networkOf(listen.host), zoneOf(testTopology, edge.from));
      assert.deepEqual(upstream, edge.to === 'collector' ? COLLECTOR : addresses.listen(edge.to, edge.port));
    }
  });

  it('keep the API of the proxies out of every zone', () => {
    assert.equal(networkOf(addresses.toxiproxy.host), HARNESS_NETWORK);
  });

  it('are all led to from this machine where it cannot get at them itself, by as many ports as announced', () => {
    const free = Array.from({ length: accessPortsNeeded(testTopology) }, (_, index) => 11_000 + index);
    const { proxies, published, ports } = accessPoints(testTopology, addresses, free);
    assert.deepEqual([...ports.values()].sort(), free);
    assert.deepEqual([...new Set(published.map(({ host }) => host))].sort(), free);
    for (const { listen, upstream } of proxies) {
      const host = published.find(({ container }) => container === listen.port)?.host;
      assert.equal(ports.get(formatAddress(upstream)), host);
    }
    assert.throws(() => accessPoints(testTopology, addresses, free.slice(1)), { message: /ports are too few/ });
  });
});
