import { z } from 'zod';
import { describeNodes, selectNodes } from '../../model/selector.ts';
import { nodeActions } from '../actions.ts';
import { attestNodes } from '../attestation.ts';
import { defineFault } from '../define.ts';
import { nodesParameter } from '../parameters.ts';

export const kill = defineFault({
  kind: 'kill',
  family: 'node',
  summary: 'Every process of the nodes is killed with SIGKILL, all at once, and stays away.',
  parameters: z.strictObject({ nodes: nodesParameter }),
  undone: 'The nodes are started again where they were, and awaited until they are ready.',
  attested: 'The operating system, or the engine, is asked for the processes of each node.',
  example: "kill({ nodes: node('web-1.us-east') })",
  title: ({ nodes }) => `Kill of ${describeNodes(nodes)}`,
  scope: ({ nodes }, topology) => ({ nodes: selectNodes(topology, nodes), edges: [] }),
  async inject(_, { target }, { nodes }) {
    const killed = await target.kill(nodes);
    return killed.map(({ node, signalledAtMs }) => ({ atMs: signalledAtMs, what: 'killed', subject: node }));
  },
  async undo(_, { target, clock }, { nodes }) {
    const startedAtMs = clock.now();
    await target.start(nodes);
    return nodeActions('started', nodes, startedAtMs);
  },
  attest: (_, context, { nodes }, { expected }) =>
    attestNodes(context, nodes, expected === 'injected' ? 'gone' : 'running'),
});
