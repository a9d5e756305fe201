import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  type Address,
  edgeName,
  type NodeDefinition,
  type Topology,
  type Wiring,
} from '../../../harness/model/topology.ts';
import { STAGES } from '../index.ts';

const TOPOLOGIES = STAGES.map((stage) => stage.topology({ parameters: {} }));

/** Wiring that answers every question the topology allows, and notes which edges were asked for. */
function recordingWiring(topology: Topology, node: NodeDefinition, used: Set<string>): Wiring {
  const address = (port: number): Address => ({ host: '127.0.0.1', port });
  return {
    runId: 'test',
    node,
    directory: '/node',
    sources: '/sources',
    executable: (program) => `/bin/${program}`,
    listen(port) {
      assert.ok(port in node.ports, `${node.name} listens on "${port}", which it does not declare`);
      return address(1000);
    },
    to(other, port) {
      const name = edgeName({ from: node.name, to: other, port });
      assert.ok(
        topology.edges.some((edge) => edgeName(edge) === name),
        `${node.name} dials ${name}, which is no edge`,
      );
      used.add(name);
      return address(2000);
    },
  };
}

for (const topology of TOPOLOGIES) {
  describe(`topology of ${topology.name}`, () => {
    it('names every node and edge once', () => {
      const names = [...topology.nodes.map(({ name }) => name), ...topology.endpoints.map(({ name }) => name)];
      assert.equal(new Set(names).size, names.length);
      assert.equal(new Set(topology.edges.map(edgeName)).size, topology.edges.length);
    });

    it('places every node on a host of its own zone, and every edge between things that exist', () => {
      for (const { name, host, zone } of topology.nodes) {
        assert.ok(
          topology.hosts.some((known) => known.name === host && known.zone === zone),
          `${name} is on no host`,
        );
        assert.ok(topology.zones.some((known) => known.name === zone));
      }
      const ends = [...topology.nodes, ...topology.endpoints];
      for (const edge of topology.edges) {
        assert.ok(
          ends.some(({ name }) => name === edge.from),
          `${edgeName(edge)} starts nowhere`,
        );
        const end = ends.find(({ name }) => name === edge.to);
        assert.ok(end !== undefined && edge.port in end.ports, `${edgeName(edge)} leads to no port`);
      }
    });

    it('gives every node exactly the edges that its program dials', () => {
      const used = new Set<string>();
      for (const node of topology.nodes) node.program(recordingWiring(topology, node, used));
      const dialled = topology.edges.filter(({ from }) => topology.nodes.some(({ name }) => name === from));
      assert.deepEqual([...used].sort(), dialled.map(edgeName).sort());
    });

    it('has two caches in every datacenter from stage 5 on, on hosts of their own, and tells all of them', () => {
      if (['stage-1', 'stage-2', 'stage-3', 'stage-4'].includes(topology.name)) return;
      const caches = topology.nodes.filter(({ tier }) => tier === 'cache');
      for (const { name } of topology.zones.filter(({ kind }) => kind === 'datacenter')) {
        const hosts = caches.filter(({ zone }) => zone === name).map(({ host }) => host);
        assert.equal(new Set(hosts).size, 2, `${name} has caches on ${hosts}`);
      }
      assert.ok(topology.nodes.every(({ tier, host }) => tier === 'cache' || !caches.some((one) => one.host === host)));
      for (const web of topology.nodes.filter(({ tier }) => tier === 'web')) {
        const told = topology.edges.filter(({ from, port }) => from === web.name && port === 'redis');
        assert.deepEqual(told.map(({ to }) => to).sort(), caches.map(({ name }) => name).sort());
      }
    });

    it('lets every datacenter be lost, where there is another: no zone holds a majority of the coordinators', () => {
      if (topology.zones.filter(({ kind }) => kind === 'datacenter').length === 1) return;
      const coordinators = topology.nodes.filter(({ tier }) => tier === 'coordination');
      for (const { name } of topology.zones) {
        const inZone = coordinators.filter(({ zone }) => zone === name).length;
        assert.ok(
          inZone * 2 < coordinators.length || coordinators.length === 0,
          `${name} holds ${inZone} coordinators`,
        );
      }
    });
  });
}
