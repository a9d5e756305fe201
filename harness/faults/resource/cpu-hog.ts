import { z } from 'zod';
import { describeNodes, selectNodes } from '../../model/selector.ts';
import { nodeActions } from '../actions.ts';
import { defineFault } from '../define.ts';
import { nodesParameter } from '../parameters.ts';
import { attestEach, type Finding } from './attest-each.ts';

/** A period of the limit is 100 ms: ten of them. */
const WINDOW_MS = 1000;
/** Of those; a busy machine may not give the burners their whole share of each. */
const THROTTLED_PERIODS_MIN = 3;

export const cpuHog = defineFault({
  kind: 'cpu-hog',
  family: 'resource',
  summary:
    'Burners beside each node take its processor time, out of a share that is limited meanwhile, so that nobody else starves.',
  parameters: z
    .strictObject({
      nodes: nodesParameter,
      cpus: z.number().min(0.05).max(4).meta({ unit: 'processors' }).describe('what a node and its burners share'),
      hogs: z.int().min(1).max(64).default(4).describe('how many burners each node gets'),
    })
    .refine(({ cpus, hogs }) => hogs > cpus, { path: ['hogs'], error: 'expected more burners than processors' }),
  undone: 'The burners end, and the processor time is again limited as it was at bring-up, or not at all.',
  attested: `The kernel is asked how often within ${WINDOW_MS} ms it held the node back because its time was used up.`,
  example: "cpuHog({ nodes: node('web-1.us-east'), cpus: 0.25 })",
  preparation: () => ({ limits: true }),
  title: ({ nodes, cpus, hogs }) => `${hogs} burners and ${cpus} processors for ${describeNodes(nodes)}`,
  scope: ({ nodes }, topology) => ({ nodes: selectNodes(topology, nodes), edges: [] }),
  async inject({ cpus, hogs }, { target, clock }, { nodes }) {
    await target.resources.limit(nodes, { cpus });
    await target.resources.burn(nodes, hogs);
    return nodeActions('hogged', nodes, clock.now());
  },
  async undo(_, { target, clock }, { nodes }) {
    await target.resources.limit(nodes, { cpus: null });
    await target.resources.stopBurning(nodes);
    return nodeActions('burners ended', nodes, clock.now());
  },
  async attest(_, context, { nodes }, { expected }) {
    const { resources } = context.target;
    const injected = expected === 'injected';
    return await attestEach(context, nodes, {
      expectation: `held back in ${injected ? 'at least' : 'fewer than'} ${THROTTLED_PERIODS_MIN} periods within ${WINDOW_MS} ms`,
      async find(node): Promise<Finding> {
        const before = await resources.look(node);
        await context.clock.sleep(WINDOW_MS);
        const after = await resources.look(node);
        if (before === null || after === null) return { observed: null, holds: false };
        const value = after.throttledPeriods - before.throttledPeriods;
        const held = value >= THROTTLED_PERIODS_MIN;
        return { observed: `in ${value}`, holds: held === injected, measured: { value, unit: 'periods' } };
      },
    });
  },
});
