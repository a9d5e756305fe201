import { z } from 'zod';
import { describeNodes, selectNodes } from '../../model/selector.ts';
import { nodeActions } from '../actions.ts';
import { defineFault } from '../define.ts';
import { nodesParameter } from '../parameters.ts';
import { attestEach, type Finding } from './attest-each.ts';

const MEBIBYTE = 2 ** 20;

export const memoryLimit = defineFault({
  kind: 'memory-limit',
  family: 'resource',
  summary: 'The processes of each node together may have no more memory than this: beyond it the kernel kills one.',
  parameters: z.strictObject({
    nodes: nodesParameter,
    memoryMebibytes: z
      .int()
      .min(8)
      .max(1_048_576)
      .meta({ unit: 'MiB' })
      .describe('what each node may have; the kernel may refuse less than the node uses at that moment'),
  }),
  undone: 'The limits are again what they were at bring-up, and what was killed is started.',
  attested: 'The kernel is asked for the limit of the control group that the processes are really in.',
  example: "memoryLimit({ nodes: node('web-1.us-east'), memoryMebibytes: 128 })",
  preparation: () => ({ limits: true }),
  title: ({ nodes, memoryMebibytes }) => `${memoryMebibytes} MiB of memory for ${describeNodes(nodes)}`,
  scope: ({ nodes }, topology) => ({ nodes: selectNodes(topology, nodes), edges: [] }),
  async inject({ memoryMebibytes }, { target, clock }, { nodes }) {
    await target.resources.limit(nodes, { memoryMebibytes });
    return nodeActions('limited', nodes, clock.now());
  },
  async undo(_, { target, clock }, { nodes }) {
    await target.resources.limit(nodes, { memoryMebibytes: null });
    const atMs = clock.now();
    await target.start(nodes);
    return nodeActions('limit lifted', nodes, atMs);
  },
  async attest({ memoryMebibytes }, context, { nodes }, { expected }) {
    const asked = memoryMebibytes * MEBIBYTE;
    const injected = expected === 'injected';
    return await attestEach(context, nodes, {
      expectation: `its processes may have ${injected ? '' : 'more than '}${memoryMebibytes} MiB`,
      async find(node): Promise<Finding> {
        const state = await context.target.resources.look(node);
        if (state === null) return { observed: null, holds: false };
        const { memoryLimitBytes: limit } = state;
        if (limit === null) return { observed: 'no limit', holds: !injected };
        const value = limit / MEBIBYTE;
        return {
          observed: `${Math.round(value)} MiB`,
          holds: injected ? limit === asked : limit > asked,
          measured: { value, unit: 'MiB' },
        };
      },
    });
  },
});
