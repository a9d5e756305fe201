import { z } from 'zod';
import { median } from '../../base/median.ts';
import type { FaultContext } from '../../model/fault.ts';
import { describeNodes, type Selectable, selectNodes, unsuitable } from '../../model/selector.ts';
import { portSpeaking, type Tier } from '../../model/topology.ts';
import { nodeActions } from '../actions.ts';
import { defineFault } from '../define.ts';
import { nodesParameter } from '../parameters.ts';
import { attestEach } from './attest-each.ts';

/** An answer's date has whole seconds: the median over a second in steps is nearer. */
const SAMPLES = 5;
const SAMPLE_PAUSE_MS = 200;
const TOLERANCE_MS = 400;
/** The library looks once a second how far the clock is to be off, and servers keep the date of an answer for a second. */
const SETTLED_MS = 5000;

const SKEW_MS_MIN = 1000;
const SKEW_MS_MAX = 3_600_000;

/** Only programs whose time goes through the C library, and that tell their own time in the date of an answer. */
const UNSUITABLE: Partial<Readonly<Record<Tier, string>>> = {
  coordination: 'its server is a Go program, which asks the kernel itself',
  monitoring: 'its server is a Go program, which asks the kernel itself',
  cache: 'Redis does not start with libfaketime, and a cache of pages passes the dates of others on',
  'load-balancer': 'it passes the dates of others on, so nothing would tell its own',
};

export const clockSkew = defineFault({
  kind: 'clock-skew',
  family: 'resource',
  summary: 'The clock of each node, as its programs read it, is wrong by a fixed time; how fast it goes stays right.',
  parameters: z.strictObject({
    nodes: nodesParameter,
    skewMs: z
      .int()
      .min(-SKEW_MS_MAX)
      .max(SKEW_MS_MAX)
      .refine((skewMs) => Math.abs(skewMs) >= SKEW_MS_MIN, { error: `expected at least ${SKEW_MS_MIN} either way` })
      .meta({ unit: 'ms' })
      .describe('how far the clock is ahead, or behind when negative'),
  }),
  undone: 'The clock is right again, within a second or two.',
  attested: 'The node is asked over HTTP: the date of its answer is compared with the clock of this machine.',
  example: "clockSkew({ nodes: node('web-1.us-east'), skewMs: -30_000 })",
  preparation: () => ({ clock: true }),
  title: ({ nodes, skewMs }) =>
    `Clock of ${describeNodes(nodes)} ${Math.abs(skewMs) / 1000} s ${skewMs < 0 ? 'behind' : 'ahead'}`,
  scope({ nodes }, topology) {
    const selected = selectNodes(topology, nodes);
    for (const name of selected) webPortOf(topology, name);
    return { nodes: selected, edges: [] };
  },
  async inject({ skewMs }, { target, clock }, { nodes }) {
    await target.resources.skewClock(nodes, skewMs);
    return nodeActions('clock skewed', nodes, clock.now());
  },
  async undo(_, { target, clock }, { nodes }) {
    await target.resources.skewClock(nodes, 0);
    return nodeActions('clock set right', nodes, clock.now());
  },
  async attest({ skewMs }, context, { nodes }, { expected }) {
    const wanted = expected === 'injected' ? skewMs : 0;
    return await attestEach(context, nodes, {
      expectation: `its clock is off by ${wanted} ms, give or take ${TOLERANCE_MS} ms, within ${SETTLED_MS} ms`,
      async find(node) {
        const port = webPortOf(context.target.topology, node);
        const deadlineMs = context.clock.now() + SETTLED_MS;
        for (;;) {
          const value = await measureSkew(context, node, port);
          const holds = value !== null && Math.abs(value - wanted) <= TOLERANCE_MS;
          if (!holds && context.clock.now() < deadlineMs) continue;
          if (value === null) return { observed: 'no date in an answer', holds: false };
          return { observed: `${Math.round(value)} ms`, holds, measured: { value, unit: 'ms' } };
        }
      },
    });
  },
});

/** The port on which a node tells its time. */
function webPortOf(topology: Selectable, name: string): string {
  const node = topology.nodes.find((candidate) => candidate.name === name)!;
  const port = portSpeaking(topology, name, 'http');
  const reason =
    UNSUITABLE[node.tier] ?? (port === undefined ? 'it has no HTTP port, which would tell its time' : null);
  if (reason === null) return port!;
  throw unsuitable(`The clock of ${name} cannot be skewed: ${reason}`, 'Select nodes of the tiers web or database.');
}

async function measureSkew(
  { probeClock, clock }: Pick<FaultContext, 'probeClock' | 'clock'>,
  node: string,
  port: string,
): Promise<number | null> {
  const samples: number[] = [];
  for (let index = 0; index < SAMPLES; index += 1) {
    const skewMs = await probeClock(node, port);
    if (skewMs !== null) samples.push(skewMs);
    await clock.sleep(SAMPLE_PAUSE_MS);
  }
  return samples.length === 0 ? null : median(samples);
}
