import { z } from 'zod';
import { describeNodes, selectNodes } from '../../model/selector.ts';
import { nodeActions } from '../actions.ts';
import { defineFault } from '../define.ts';
import { ATTESTED_BY_STATUS, attestNodes } from '../node-attestation.ts';
import { nodesParameter } from '../parameters.ts';

export const pause = defineFault({
  kind: 'pause',
  family: 'node',
  summary: 'The nodes stand still: their connections stay open, and nobody answers.',
  parameters: z.strictObject({ nodes: nodesParameter }),
  undone: 'The nodes go on where they stood; they do so by themselves when the harness is gone.',
  attested: ATTESTED_BY_STATUS,
  example: "pause({ nodes: role('primary') })",
  title: ({ nodes }) => `Pause of ${describeNodes(nodes)}`,
  scope: ({ nodes }, topology) => ({ nodes: selectNodes(topology, nodes), edges: [] }),
  async inject(_, { target, clock }, { nodes }) {
    const pausedAtMs = clock.now();
    await target.pause(nodes);
    return nodeActions('paused', nodes, pausedAtMs);
  },
  async undo(_, { target, clock }, { nodes }) {
    const resumedAtMs = clock.now();
    await target.resume(nodes);
    return nodeActions('resumed', nodes, resumedAtMs);
  },
  attest: (_, context, { nodes }, { expected }) =>
    attestNodes(context, nodes, expected === 'injected' ? 'paused' : 'running'),
});
