import { z } from 'zod';
import { describeNodes, selectNodes } from '../../model/selector.ts';
import { defineFault } from '../define.ts';
import { ATTESTED_BY_STATUS, attestNodes } from '../node-attestation.ts';
import { nodesParameter } from '../parameters.ts';
import { killNodes, STARTED_AGAIN, startAgain } from './ending.ts';

export const kill = defineFault({
  kind: 'kill',
  family: 'node',
  summary: 'Every process of the nodes is killed with SIGKILL, all at once, and stays away.',
  parameters: z.strictObject({ nodes: nodesParameter }),
  undone: STARTED_AGAIN,
  attested: ATTESTED_BY_STATUS,
  example: "kill({ nodes: node('web-1.us-east') })",
  title: ({ nodes }) => `Kill of ${describeNodes(nodes)}`,
  scope: ({ nodes }, topology) => ({ nodes: selectNodes(topology, nodes), edges: [] }),
  inject: (_, context, { nodes }) => killNodes(context, nodes),
  undo: (_, context, { nodes }) => startAgain(context, nodes),
  attest: (_, context, { nodes }, { expected }) =>
    attestNodes(context, nodes, expected === 'injected' ? 'gone' : 'running'),
});
