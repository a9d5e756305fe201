import { z } from 'zod';
import { describeNodes, selectNodes } from '../../model/selector.ts';
import { nodeActions } from '../actions.ts';
import { defineFault } from '../define.ts';
import { attestRestarted } from '../node-attestation.ts';
import { nodesParameter } from '../parameters.ts';
import { startAgain } from './ending.ts';

export const restart = defineFault({
  kind: 'restart',
  family: 'node',
  summary: 'The nodes are stopped and started once, all at the same time: what they held in memory only is lost.',
  parameters: z.strictObject({ nodes: nodesParameter }),
  undone: 'A node that does not run is started; what was restarted stays so.',
  attested: 'The operating system, or the engine, is asked whether each node runs, and since when.',
  example: "restart({ nodes: tier('cache') })",
  title: ({ nodes }) => `Restart of ${describeNodes(nodes)}`,
  scope: ({ nodes }, topology) => ({ nodes: selectNodes(topology, nodes), edges: [] }),
  async inject(_, { target, clock }, { nodes }) {
    const askedAtMs = clock.now();
    await target.stop(nodes);
    return [...nodeActions('asked to end', nodes, askedAtMs), ...(await startAgain({ target, clock }, nodes))];
  },
  undo: (_, context, { nodes }) => startAgain(context, nodes),
  attest: (_, context, { nodes }, look) => attestRestarted(context, nodes, look),
});
