import { pollUntil } from '../base/poll.ts';
import type { AttestationProbe, FaultContext, Look } from '../model/fault.ts';
import type { NodeStatus } from '../model/running-target.ts';
import { statusOf } from './attestation.ts';

type Needed = Pick<FaultContext, 'target' | 'clock'>;

/** `attestNodes` in words. */
export const ATTESTED_BY_STATUS = 'The operating system, or the engine, is asked for the processes of each node.';

const EXPECTATIONS = {
  gone: {
    words: 'no process of the node exists',
    holds: ({ state, processes }: NodeStatus) => processes === 0 && state !== 'running' && state !== 'paused',
  },
  running: { words: 'the node runs', holds: ({ state }: NodeStatus) => state === 'running' },
  paused: { words: 'every process of the node is stopped', holds: ({ state }: NodeStatus) => state === 'paused' },
};

/** Asks the operating system or the engine whether the nodes' processes are there, and how. */
export async function attestNodes(
  context: Needed,
  nodes: readonly string[],
  expected: keyof typeof EXPECTATIONS,
): Promise<AttestationProbe[]> {
  const { words: expectation, holds } = EXPECTATIONS[expected];
  return await forEachNode(context, nodes, async (subject) => {
    const status = await context.target.status(subject);
    return { expectation, observed: processesIn(status), status: statusOf(holds(status)) };
  });
}

/** Whether the nodes run, and since later than before the fault. Absent: whether they run. */
export async function attestRestarted(
  context: Needed,
  nodes: readonly string[],
  { expected, baseline }: Look,
): Promise<AttestationProbe[]> {
  return await forEachNode(context, nodes, async (subject) => {
    const status = await context.target.status(subject);
    const { startedAtMs } = status;
    const runs = EXPECTATIONS.running.holds(status);
    const seen = {
      observed: `${processesIn(status)}${startedAtMs === null ? '' : `, started at ${timeOfDay(startedAtMs)}`}`,
      ...(startedAtMs !== null && { measured: { value: startedAtMs, unit: 'ms since 1970' } }),
    };
    if (expected === 'absent') return { ...seen, expectation: EXPECTATIONS.running.words, status: statusOf(runs) };
    const before = baseline.find((probe) => probe.subject === subject)?.measured?.value;
    if (before === undefined) {
      return { ...seen, expectation: 'the node runs since the fault began', status: 'unproven' };
    }
    return {
      ...seen,
      expectation: `the node runs, but no longer since ${timeOfDay(before)}`,
      status: statusOf(runs && startedAtMs !== null && startedAtMs !== before),
    };
  });
}

const LOOK_INTERVAL_MS = 50;
/** On a busy machine a node needs this much more than its period for its next death and its next start. */
const MARGIN_MS = 5000;

/** Looks until each node was seen in two different lives, or alive and gone: for two periods and a margin at most. */
export async function attestComingAndGoing(
  context: Needed,
  nodes: readonly string[],
  periodMs: number,
): Promise<AttestationProbe[]> {
  const { target, clock } = context;
  const timeoutMs = 2 * periodMs + MARGIN_MS;
  return await forEachNode(context, nodes, async (subject) => {
    const seen = new Set<string>();
    const look = async () => {
      const { startedAtMs } = await target.status(subject);
      seen.add(startedAtMs === null ? 'gone' : `started at ${timeOfDay(startedAtMs)}`);
      const observed = [...seen].join(', then ');
      return seen.size > 1 ? ({ done: true, value: true } as const) : ({ done: false, seen: observed } as const);
    };
    const limits = { subject, timeoutMs, intervalMs: LOOK_INTERVAL_MS, clock };
    const changed = await pollUntil(look, limits).catch(() => false);
    return {
      expectation: `the node is seen in two different lives, or alive and gone, within ${timeoutMs} ms`,
      observed: [...seen].join(', then ') || 'nothing: it could not be asked for',
      status: statusOf(changed),
    };
  });
}

/** One probe for each node, all at once, each with its own times. */
export async function forEachNode(
  { clock }: Pick<Needed, 'clock'>,
  nodes: readonly string[],
  probe: (node: string) => Promise<Omit<AttestationProbe, 'subject' | 'atMs' | 'durationMs'>>,
): Promise<AttestationProbe[]> {
  return await Promise.all(
    nodes.map(async (subject): Promise<AttestationProbe> => {
      const atMs = clock.now();
      return { subject, atMs, ...(await probe(subject)), durationMs: clock.now() - atMs };
    }),
  );
}

function processesIn({ state, processes }: NodeStatus): string {
  return `${state}, ${processes} ${processes === 1 ? 'process' : 'processes'}`;
}

/** `17:55:03.120`, in UTC. */
function timeOfDay(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}
