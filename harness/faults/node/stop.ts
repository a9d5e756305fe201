import { z } from 'zod';
import { describeNodes, selectNodes } from '../../model/selector.ts';
import { nodeActions } from '../actions.ts';
import { defineFault } from '../define.ts';
import { ATTESTED_BY_STATUS, attestNodes } from '../node-attestation.ts';
import { nodesParameter } from '../parameters.ts';
import { STARTED_AGAIN, startAgain } from './ending.ts';

export const stop = defineFault({
  kind: 'stop',
  family: 'node',
  summary: 'The nodes are asked to end with SIGTERM, killed when they have not done so in time, and stay away.',
  parameters: z.strictObject({ nodes: nodesParameter }),
  undone: STARTED_AGAIN,
  attested: ATTESTED_BY_STATUS,
  example: "stop({ nodes: node('web-1.us-east') })",
  title: ({ nodes }) => `Stop of ${describeNodes(nodes)}`,
  scope: ({ nodes }, topology) => ({ nodes: selectNodes(topology, nodes), edges: [] }),
  async inject(_, { target, clock }, { nodes }) {
    const askedAtMs = clock.now();
    await target.stop(nodes);
    return nodeActions('asked to end', nodes, askedAtMs);
  },
  undo: (_, context, { nodes }) => startAgain(context, nodes),
  attest: (_, context, { nodes }, { expected }) =>
    attestNodes(context, nodes, expected === 'injected' ? 'gone' : 'running'),
});
