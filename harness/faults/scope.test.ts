import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Problem } from '../base/errors.ts';
import { node as named, tier } from '../model/selector.ts';
import type { TopologyRecord } from '../model/topology.ts';
import { cacheFlush, clockSkew, partition, zoneOutage } from './catalogue.ts';

const node = (name: string, zone: string) => ({
  name,
  zone,
  tier: 'web' as const,
  host: name,
  ports: { http: 'http' as const },
});

const TOPOLOGY: TopologyRecord = {
  name: 'small',
  title: 'Small',
  zones: [
    { name: 'east', kind: 'datacenter' },
    { name: 'west', kind: 'datacenter' },
    { name: 'empty', kind: 'witness' },
    { name: 'clients', kind: 'clients' },
  ],
  hosts: [],
  nodes: [node('a.east', 'east'), node('b.east', 'east'), node('a.west', 'west')],
  endpoints: [{ name: 'clients.all', tier: 'clients', zone: 'clients', ports: {} }],
  edges: [
    { from: 'clients.all', to: 'a.east', port: 'http', plane: 'data' },
    { from: 'a.east', to: 'b.east', port: 'http', plane: 'data' },
    { from: 'a.west', to: 'a.east', port: 'http', plane: 'control' },
    { from: 'a.east', to: 'a.west', port: 'http', plane: 'telemetry' },
  ],
};

describe('faults on a zone', () => {
  it('an outage takes every node of the zone and every edge that touches it', () => {
    assert.deepEqual(zoneOutage({ zone: 'east' }).scope(TOPOLOGY), {
      nodes: ['a.east', 'b.east'],
      edges: ['clients.all->a.east:http', 'a.east->b.east:http', 'a.west->a.east:http', 'a.east->a.west:http'],
    });
  });

  it('a partition takes no node, and only edges that cross the border', () => {
    assert.deepEqual(partition({ from: ['east'] }).scope(TOPOLOGY), {
      nodes: [],
      edges: ['clients.all->a.east:http', 'a.west->a.east:http'],
    });
  });

  it('a partition takes the telemetry plane only when asked', () => {
    const { edges } = partition({ from: ['east'], includeTelemetry: true }).scope(TOPOLOGY);
    assert.ok(edges.includes('a.east->a.west:http'));
  });

  it('a selector that matches nothing is an error that lists what exists', () => {
    for (const fault of [zoneOutage({ zone: 'north' }), partition({ from: ['north'] })]) {
      assert.throws(
        () => fault.scope(TOPOLOGY),
        (thrown: Problem) => {
          assert.equal(thrown.message, 'Zone "north" matches nothing in small');
          assert.equal(thrown.hint, 'Zones of small: east, west, empty, clients.');
          assert.equal(thrown.exitCode, 4);
          return true;
        },
      );
    }
  });

  it('a zone without servers cannot lose power', () => {
    assert.throws(() => zoneOutage({ zone: 'empty' }).scope(TOPOLOGY), /has no nodes: there is nothing to break/);
  });

  it('a zone that nobody talks to cannot be partitioned', () => {
    assert.throws(
      () => partition({ from: ['empty'] }).scope(TOPOLOGY),
      /No edge of small goes between empty and east, west, clients/,
    );
  });
});

describe('faults on a cache', () => {
  it('refuse nodes that are none', () => {
    assert.throws(() => cacheFlush({ nodes: [named('a.east'), named('a.west')] }).scope(TOPOLOGY), {
      message: 'Only a Redis can be flushed, and a.east, a.west are none',
      code: 'not-a-cache',
      exitCode: 4,
    });
  });
});

describe('a clock that is wrong', () => {
  const [web] = TOPOLOGY.nodes;
  const topology: TopologyRecord = {
    ...TOPOLOGY,
    nodes: [
      web!,
      { ...web!, name: 'queue.east', tier: 'coordination', ports: { client: 'nats', monitor: 'http' } },
      { ...web!, name: 'names.east', tier: 'dns', ports: { dns: 'dns' } },
    ],
  };
  const scopeOf = (nodes: Parameters<typeof clockSkew>[0]['nodes']) =>
    clockSkew({ nodes, skewMs: -30_000 }).scope(topology);

  it('can be that of nodes that tell their own time', () => {
    assert.deepEqual(scopeOf(tier('web')), { nodes: ['a.east'], edges: [] });
  });

  it('cannot be that of a program that asks the kernel itself, or of one that tells nobody', () => {
    assert.throws(() => scopeOf(named('queue.east')), {
      message: 'The clock of queue.east cannot be skewed: its server is a Go program, which asks the kernel itself',
      exitCode: 4,
    });
    assert.throws(() => scopeOf([tier('web'), named('names.east')]), {
      message: 'The clock of names.east cannot be skewed: it has no HTTP port, which would tell its time',
    });
  });

  it('is wrong by a second at least', () => {
    assert.deepEqual(clockSkew({ nodes: tier('web'), skewMs: 500 }).problems, [
      'clock-skew.skewMs: expected at least 1000 either way, got 500',
    ]);
  });
});
