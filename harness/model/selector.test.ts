import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  describeEdges,
  describeNodes,
  edges,
  host,
  lastingScope,
  node,
  role,
  type Selectable,
  selectEdges,
  selectNodes,
  tier,
  zone,
} from './selector.ts';
import { edgeName } from './topology.ts';

const TOPOLOGY: Selectable = {
  name: 'small',
  zones: [
    { name: 'east', kind: 'datacenter' },
    { name: 'west', kind: 'datacenter' },
  ],
  hosts: [
    { name: 'rack-1', zone: 'east' },
    { name: 'rack-2', zone: 'west' },
  ],
  nodes: [
    { name: 'web.east', zone: 'east', host: 'rack-1', tier: 'web', ports: { http: 'http' } },
    { name: 'db.east', zone: 'east', host: 'rack-1', tier: 'database', role: 'standby', ports: { sql: 'postgres' } },
    {
      name: 'db.west',
      zone: 'west',
      host: 'rack-2',
      tier: 'database',
      role: 'primary',
      ports: { sql: 'postgres', agent: 'http' },
    },
  ],
  endpoints: [{ name: 'clients.east', tier: 'clients', zone: 'east', ports: {} }],
  edges: [
    { from: 'clients.east', to: 'web.east', port: 'http', plane: 'data' },
    { from: 'web.east', to: 'db.east', port: 'sql', plane: 'data' },
    { from: 'db.east', to: 'db.west', port: 'sql', plane: 'control' },
    { from: 'db.east', to: 'db.west', port: 'agent', plane: 'health' },
  ],
};

describe('selecting nodes', () => {
  it('takes those for which all of a selector holds', () => {
    assert.deepEqual(selectNodes(TOPOLOGY, node('web.east')), ['web.east']);
    assert.deepEqual(selectNodes(TOPOLOGY, zone('east')), ['web.east', 'db.east']);
    assert.deepEqual(selectNodes(TOPOLOGY, host('rack-2')), ['db.west']);
    assert.deepEqual(selectNodes(TOPOLOGY, tier('database', { zone: 'east' })), ['db.east']);
    assert.deepEqual(selectNodes(TOPOLOGY, role('primary')), ['db.west']);
  });

  it('takes those of several selectors together, each once, in the order of the topology', () => {
    assert.deepEqual(selectNodes(TOPOLOGY, [role('primary'), tier('database')]), ['db.east', 'db.west']);
  });

  it('refuses one that matches nothing, and says what there is', () => {
    assert.throws(() => selectNodes(TOPOLOGY, node('web.eats')), {
      code: 'empty-selector',
      message: 'No node of small matches "web.eats": it has no node "web.eats"; did you mean "web.east"?',
    });
    assert.throws(() => selectNodes(TOPOLOGY, [zone('east'), role('leader')]), {
      message: 'No node of small matches "role leader": it has no role "leader"',
      hint: 'It has these for role: standby, primary.',
    });
    assert.throws(() => selectNodes(TOPOLOGY, tier('web', { zone: 'west' })), {
      message: 'No node of small matches "tier web in west"',
    });
  });
});

describe('nodes that start on request', () => {
  const like = TOPOLOGY.nodes[0]!;
  const scalable: Selectable = {
    ...TOPOLOGY,
    nodes: [...TOPOLOGY.nodes, { ...like, name: 'spare.east', host: 'rack-3', start: 'request' }],
    edges: [...TOPOLOGY.edges, { from: 'clients.east', to: 'spare.east', port: 'http', plane: 'data' }],
  };

  it('are meant by their names, and where there is nothing else', () => {
    assert.deepEqual(selectNodes(scalable, tier('web')), ['web.east']);
    assert.deepEqual(selectNodes(scalable, zone('east')), ['web.east', 'db.east']);
    assert.deepEqual(selectNodes(scalable, node('spare.east')), ['spare.east']);
    assert.deepEqual(selectNodes(scalable, host('rack-3')), ['spare.east']);
    assert.deepEqual(selectNodes(scalable, [tier('web'), node('spare.east')]), ['web.east', 'spare.east']);
  });

  it('and so are the edges that lead to them', () => {
    assert.deepEqual(selectEdges(scalable, edges({ to: tier('web') })), ['clients.east->web.east:http']);
    assert.deepEqual(selectEdges(scalable, edges({ to: node('spare.east') })), ['clients.east->spare.east:http']);
  });

  it('need not be found again after a fault that took everything', () => {
    const everything = { nodes: ['web.east', 'spare.east'], edges: scalable.edges.map(edgeName) };
    assert.deepEqual(lastingScope(scalable, everything), {
      nodes: ['web.east'],
      edges: TOPOLOGY.edges.map(edgeName),
    });
    const alone = { nodes: ['spare.east'], edges: ['clients.east->spare.east:http'] };
    assert.deepEqual(lastingScope(scalable, alone), alone);
  });
});

describe('selecting edges', () => {
  it('takes those whose ends, port and plane are as wanted', () => {
    assert.deepEqual(selectEdges(TOPOLOGY, edges({ from: tier('clients') })), ['clients.east->web.east:http']);
    assert.deepEqual(selectEdges(TOPOLOGY, edges({ to: zone('west'), plane: 'health' })), ['db.east->db.west:agent']);
    assert.deepEqual(selectEdges(TOPOLOGY, edges({ port: 'sql' })), ['web.east->db.east:sql', 'db.east->db.west:sql']);
    assert.equal(selectEdges(TOPOLOGY, edges({})).length, TOPOLOGY.edges.length);
  });

  it('refuses one that matches nothing', () => {
    assert.throws(() => selectEdges(TOPOLOGY, edges({ from: zone('west') })), {
      code: 'empty-selector',
      message: 'No edge of small matches "edges from west"',
    });
  });
});

describe('selectors in words', () => {
  it('read as a title goes on', () => {
    assert.equal(
      describeNodes([role('primary', { zone: 'west' }), node('web.east')]),
      'role primary in west and web.east',
    );
    assert.equal(
      describeEdges(edges({ from: tier('web'), to: tier('database'), plane: 'data' })),
      'edges from tier web to tier database, data plane',
    );
    assert.equal(describeEdges(edges({})), 'every edge');
  });
});
