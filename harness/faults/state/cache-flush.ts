import { z } from 'zod';
import { EXIT_USAGE, messageOf, Problem } from '../../base/errors.ts';
import type { AttestationProbe, FaultContext, Look } from '../../model/fault.ts';
import type { RunningTarget } from '../../model/running-target.ts';
import { describeNodes, type Selectable, selectNodes } from '../../model/selector.ts';
import { edgeName, portSpeaking, protocolOf } from '../../model/topology.ts';
import { defineFault } from '../define.ts';
import { nodesParameter } from '../parameters.ts';
import { askRedis } from './redis.ts';

/** A cache that is still being flushed counts another one within this time. */
const STILLNESS_MS = 250;

export const cacheFlush = defineFault({
  kind: 'cache-flush',
  family: 'state',
  summary: 'Every key of the caches is deleted at once; they go on serving, empty.',
  parameters: z.strictObject({ nodes: nodesParameter }),
  undone: 'Nothing is taken back, since it is an event: the target fills its caches again, or it does not.',
  attested: 'Each cache is asked across an edge how many flushes it has counted: it knows even if it is full again.',
  example: "cacheFlush({ nodes: tier('cache') })",
  title: ({ nodes }) => `Flush of ${describeNodes(nodes)}`,
  scope: ({ nodes }, topology) => ({ nodes: expectCaches(topology, selectNodes(topology, nodes)), edges: [] }),
  async inject(_, { target, clock }, { nodes }) {
    return await Promise.all(
      nodes.map(async (subject) => {
        const port = portSpeaking(target.topology, subject, 'redis')!;
        await askRedis(target.addressOf(subject, port), ['FLUSHALL']);
        return { atMs: clock.now(), what: 'flushed', subject };
      }),
    );
  },
  undo: null,
  attest: (_, context, { nodes }, look) => Promise.all(nodes.map((subject) => attestFlush(context, subject, look))),
});

function expectCaches(topology: Selectable, nodes: string[]): string[] {
  const others = nodes.filter((name) => portSpeaking(topology, name, 'redis') === undefined);
  if (others.length === 0) return nodes;
  throw new Problem(`Only a Redis can be flushed, and ${others.join(', ')} ${others.length > 1 ? 'are' : 'is'} none`, {
    code: 'not-a-cache',
    hint: 'Select nodes that have a port of protocol redis: tier("cache").',
    exitCode: EXIT_USAGE,
  });
}

async function attestFlush(
  { target, clock }: Pick<FaultContext, 'target' | 'clock'>,
  subject: string,
  { expected, baseline }: Look,
): Promise<AttestationProbe> {
  const atMs = clock.now();
  const expectation =
    expected === 'injected'
      ? 'it has counted a flush since before'
      : `it answers, and counts no flush within ${STILLNESS_MS} ms`;
  const probe = (status: AttestationProbe['status'], observed: string) => {
    return { subject, expectation, observed, status, atMs, durationMs: clock.now() - atMs };
  };
  try {
    const { flushes, keys } = await countsOf(target, subject);
    const measured = { value: flushes, unit: 'flushes' };
    if (expected === 'absent') {
      await clock.sleep(STILLNESS_MS);
      const more = (await countsOf(target, subject)).flushes - flushes;
      return { ...probe(more === 0 ? 'confirmed' : 'mismatch', `${more} flushes; ${keys} keys`), measured };
    }
    const before = baseline.find((known) => known.subject === subject)?.measured?.value;
    if (before === undefined) return probe('unproven', `${flushes} flushes; nothing was measured before`);
    const observed = `${flushes} flushes counted, ${before} before; ${keys} keys`;
    return { ...probe(flushes > before ? 'confirmed' : 'mismatch', observed), measured };
  } catch (thrown) {
    return probe('unproven', messageOf(thrown));
  }
}

/** Asked across whichever edge that leads there answers first. */
async function countsOf(target: RunningTarget, node: string): Promise<{ flushes: number; keys: number }> {
  const { topology } = target;
  const edges = topology.edges.filter((edge) => edge.to === node && protocolOf(topology, edge) === 'redis');
  const [statistics = '', keys] = await Promise.any(
    edges.map((edge) => askRedis(target.edgeAddress(edgeName(edge)), ['INFO commandstats', 'DBSIZE'])),
  );
  const [, calls, failed] = /^cmdstat_flushall:calls=(\d+),.*failed_calls=(\d+)/m.exec(statistics) ?? [];
  return { flushes: Number(calls ?? 0) - Number(failed ?? 0), keys: Number(keys) };
}
