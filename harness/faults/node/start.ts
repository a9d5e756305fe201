import { z } from 'zod';
import type { FaultContext, FaultScope } from '../../model/fault.ts';
import { describeNodes, selectNodes, unsuitable } from '../../model/selector.ts';
import { edgeName, startsWithTarget } from '../../model/topology.ts';
import { nodeActions } from '../actions.ts';
import { attestEdges } from '../attestation.ts';
import { defineFault } from '../define.ts';
import { attestNodes } from '../node-attestation.ts';
import { nodesParameter } from '../parameters.ts';

export const start = defineFault({
  kind: 'start',
  family: 'node',
  summary: 'Nodes that start on request are started, and awaited until they are ready.',
  parameters: z.strictObject({
    nodes: nodesParameter,
    stays: z.boolean().default(false).describe('the nodes run on, and end with the target'),
  }),
  undone: 'The nodes are asked to end with SIGTERM, and killed when they have not done so in time; unless they stay.',
  attested:
    'The operating system, or the engine, is asked for the processes of each node; while it runs, a request across each data edge that leads to it finds an answer.',
  example: "start({ nodes: node('web-3.us-west') })",
  title: ({ nodes }) => `Start of ${describeNodes(nodes)}`,
  scope({ nodes: selectors }, topology) {
    const nodes = selectNodes(topology, selectors);
    const running = topology.nodes.filter((node) => nodes.includes(node.name) && startsWithTarget(node));
    if (running.length === 0) return { nodes, edges: [] };
    const onRequest = topology.nodes.filter((node) => !startsWithTarget(node)).map(({ name }) => name);
    throw unsuitable(
      `${running.map(({ name }) => name).join(', ')} cannot be started: it runs already, because it starts with ${topology.name}`,
      onRequest.length === 0
        ? `Nothing of ${topology.name} starts on request.`
        : `On request: ${onRequest.join(', ')}.`,
    );
  },
  async inject(_, { target, clock }, { nodes }) {
    const askedAtMs = clock.now();
    await target.start(nodes);
    return nodeActions('asked to start', nodes, askedAtMs);
  },
  async undo({ stays }, { target, clock }, { nodes }) {
    const askedAtMs = clock.now();
    if (stays) return nodeActions('left running', nodes, askedAtMs);
    await target.stop(nodes);
    return nodeActions('asked to end', nodes, askedAtMs);
  },
  attest({ stays }, context, scope, { expected, baseline }) {
    const isOver = expected === 'absent' && baseline.length > 0;
    return attestStarted(context, scope, expected === 'injected' || (stays && isOver));
  },
});

async function attestStarted(context: FaultContext, { nodes }: FaultScope, runs: boolean) {
  if (!runs) return await attestNodes(context, nodes, 'gone');
  const leading = context.target.topology.edges.filter(({ to, plane }) => nodes.includes(to) && plane === 'data');
  const probes = await Promise.all([
    attestNodes(context, nodes, 'running'),
    attestEdges(context, leading.map(edgeName), 'answering'),
  ]);
  return probes.flat();
}
