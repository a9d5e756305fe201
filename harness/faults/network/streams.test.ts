import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Problem } from '../../base/errors.ts';
import { edges } from '../../model/selector.ts';
import type { Protocol, TopologyRecord } from '../../model/topology.ts';
import { bandwidth, limitData, reset, slicer, slowClose } from '../catalogue.ts';

const PROTOCOLS: readonly Protocol[] = ['http', 'postgres', 'redis', 'nats', 'dns'];
/** A client of one server that speaks everything, each on a port of that name. */
const TOPOLOGY: TopologyRecord = {
  ...{ name: 'polyglot', title: 'Polyglot' },
  zones: [{ name: 'east', kind: 'datacenter' }],
  hosts: [],
  nodes: [
    {
      name: 'server',
      zone: 'east',
      tier: 'web',
      host: 'rack',
      ports: Object.fromEntries(PROTOCOLS.map((p) => [p, p])),
    },
  ],
  endpoints: [{ name: 'client', tier: 'clients', zone: 'east', ports: {} }],
  edges: PROTOCOLS.map((port) => ({ from: 'client', to: 'server', port, plane: 'data' })),
};

const on = (...ports: Protocol[]) => ports.map((port) => edges({ port }));
const STREAMS = on('http', 'postgres', 'redis', 'nats');

describe('Faults of a stream', () => {
  it('are refused on an edge that datagrams cross', () => {
    for (const make of [
      () => bandwidth({ edges: edges({}), rateKBps: 50 }),
      () => limitData({ edges: edges({}), limitBytes: 4000 }),
      () => slicer({ edges: edges({}), sliceBytes: 500, delayMs: 10 }),
      () => reset({ edges: edges({}) }),
      () => slowClose({ edges: edges({}), delayMs: 500 }),
    ]) {
      const fault = make();
      assert.throws(() => fault.scope(TOPOLOGY), {
        code: 'unprovable',
        exitCode: 4,
        message: `${fault.kind} cannot be proven on client->server:dns (dns): datagrams cross it too, and they are no stream`,
      });
    }
  });

  it('are taken where a probe can show them', () => {
    for (const fault of [
      bandwidth({ edges: STREAMS, rateKBps: 198 }),
      bandwidth({ edges: on('redis'), rateKBps: 2000, direction: 'both' }),
      limitData({ edges: STREAMS, limitBytes: 8900 }),
      slicer({ edges: STREAMS, sliceBytes: 500, delayMs: 3 }),
      slicer({ edges: on('redis'), sliceBytes: 10_000, delayMs: 50, direction: 'downstream' }),
    ]) {
      assert.deepEqual(fault.problems, []);
      assert.ok(fault.scope(TOPOLOGY).edges.length > 0);
    }
  });

  it('are refused where its question cannot be long enough', () => {
    for (const [fault, message] of [
      [
        bandwidth({ edges: STREAMS, rateKBps: 250 }),
        'bandwidth cannot be proven on client->server:postgres (postgres): a probe would have to send 12500 bytes, and its question can have 9900 there',
      ],
      [
        limitData({ edges: on('http'), limitBytes: 13_001 }),
        'limit-data cannot be proven on client->server:http (http): a probe would have to send 14001 bytes, and its question can have 14000 there',
      ],
      [
        slicer({ edges: on('postgres'), sliceBytes: 2000, delayMs: 10 }),
        'slicer cannot be proven on client->server:postgres (postgres): a probe would have to send 12000 bytes, and its question can have 9900 there',
      ],
    ] as const) {
      assert.throws(() => fault.scope(TOPOLOGY), { message });
    }
  });

  it('are refused in a direction in which it can send only little', () => {
    const fault = bandwidth({ edges: STREAMS, rateKBps: 50, direction: 'downstream' });
    assert.throws(
      () => fault.scope(TOPOLOGY),
      (thrown: Problem) => {
        const why = 'only the question of a probe can be made long there, not its answer';
        const found = ['http', 'postgres', 'nats'].map((port) => `client->server:${port} (${port}): ${why}`);
        assert.equal(thrown.message, `bandwidth cannot be proven on ${found.join('; ')}`);
        return true;
      },
    );
  });
});
