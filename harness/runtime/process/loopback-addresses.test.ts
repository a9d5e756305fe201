import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { edgeName } from '../../model/topology.ts';
import { testTopology } from '../testing/test-topology.ts';
import { wiringOf } from '../wiring.ts';
import { assignAddresses, portsNeeded } from './loopback-addresses.ts';

const PORTS = Array.from({ length: portsNeeded(testTopology) }, (_, index) => 10_000 + index);
const COLLECTOR = { host: '127.0.0.1', port: 4318 };
const ENDPOINTS = { collector: COLLECTOR };

describe('Wiring a topology on 127.0.0.1', () => {
  it('gives every listener and every edge a port of its own, and needs no more than it says', () => {
    const addresses = assignAddresses(testTopology, PORTS, ENDPOINTS);
    const listeners = testTopology.nodes.flatMap(({ name, ports }) =>
      Object.keys(ports).map((port) => addresses.listen(name, port).port),
    );
    const taken = [addresses.toxiproxy.port, ...listeners, ...addresses.edges.map(({ listen }) => listen.port)];
    assert.equal(new Set(taken).size, taken.length);
    assert.equal(taken.length, PORTS.length - 1);
    assert.throws(() => assignAddresses(testTopology, PORTS.slice(1), ENDPOINTS));
  });

  it('leads an edge to the port that its node listens on, and to the collector', () => {
    const addresses = assignAddresses(testTopology, PORTS, ENDPOINTS);
    const { upstream } = addresses.edge('lb.left->service.left:http');
    assert.deepEqual(upstream, addresses.listen('service.left', 'http'));
    assert.deepEqual(addresses.edge('service.left->collector:otlp').upstream, COLLECTOR);
  });

  it('leads to nobody when there is no collector', () => {
    const addresses = assignAddresses(testTopology, PORTS, {});
    const { upstream } = addresses.edge('service.left->collector:otlp');
    const listens = [...addresses.edges.map(({ listen }) => listen), addresses.toxiproxy].map(({ port }) => port);
    assert.equal(listens.includes(upstream.port), false);
  });

  it('tells a node only the listeners of its own edges', () => {
    const addresses = assignAddresses(testTopology, PORTS, ENDPOINTS);
    const balancer = testTopology.nodes.find(({ name }) => name === 'lb.left')!;
    const wiring = wiringOf(balancer, addresses, {
      runId: 'r',
      directory: '/d',
      sources: '/s',
      executable: (program) => program,
    });
    assert.deepEqual(wiring.to('cache.right', 'redis'), addresses.edge('lb.left->cache.right:redis').listen);
    assert.throws(() => wiring.to('db.right', 'sql'), {
      message: 'The topology mixed has no edge lb.left->db.right:sql',
    });
    assert.throws(() => wiring.listen('sql'), { message: 'lb.left has no port "sql"' });
  });

  it('carries datagrams where DNS is spoken, and nowhere else', () => {
    const { edges } = assignAddresses(testTopology, PORTS, ENDPOINTS);
    const datagrams = edges.filter((edge) => edge.datagrams).map(({ name }) => name);
    assert.deepEqual(datagrams, [edgeName({ from: 'clients', to: 'names.left', port: 'dns' })]);
  });
});
