import { median } from '../base/median.ts';
import type { AttestationProbe, EdgeProbe, EdgeProbeLimits, FaultContext, Look } from '../model/fault.ts';

/** A request that crosses a cut edge would need longer than this; a healthy one takes a few milliseconds. */
const SILENCE_MS = 1000;
/** An edge that was just restored may need a moment: its far end reconnects, or is still starting. */
const ANSWER_MS = 2000;

const EDGE_EXPECTATIONS = {
  answering: {
    words: `a request across the edge is answered within ${ANSWER_MS} ms`,
    outcomes: ['answered'],
    timeoutMs: ANSWER_MS,
  },
  silent: {
    words: `a request across the edge finds no answer within ${SILENCE_MS} ms`,
    outcomes: ['silent'],
    timeoutMs: SILENCE_MS,
  },
  refusing: {
    words: 'a connection is refused',
    outcomes: ['refused'],
    timeoutMs: ANSWER_MS,
  },
  resetting: {
    words: 'a connection is reset before its request is answered',
    outcomes: ['reset'],
    timeoutMs: ANSWER_MS,
  },
  closing: {
    words: 'the connection is closed before its request is answered',
    outcomes: ['closed', 'reset'],
    timeoutMs: ANSWER_MS,
  },
} as const satisfies Record<string, { words: string; outcomes: readonly EdgeProbe['outcome'][]; timeoutMs: number }>;

/**
 * Asks across every edge whether an answer comes back, which is what the clients of that edge would find.
 * `afterMs`: how long the fault lets pass before it acts; `bytes`: how long the question is.
 */
export async function attestEdges(
  { probeEdge }: Pick<FaultContext, 'probeEdge'>,
  edges: readonly string[],
  expected: keyof typeof EDGE_EXPECTATIONS,
  { afterMs = 0, ...wishes }: { afterMs?: number; bytes?: number } = {},
): Promise<AttestationProbe[]> {
  const { words, outcomes, timeoutMs } = EDGE_EXPECTATIONS[expected];
  const wanted: readonly EdgeProbe['outcome'][] = outcomes;
  const limits = { timeoutMs: timeoutMs + afterMs, ...wishes };
  const expectation = wishes.bytes === undefined ? words : `${words}, when it has ${wishes.bytes} bytes`;
  return await Promise.all(
    edges.map(async (subject): Promise<AttestationProbe> => {
      const { outcome, detail: observed, atMs, durationMs } = await probeEdge(subject, limits);
      return { subject, expectation, observed, status: statusOf(wanted.includes(outcome)), atMs, durationMs };
    }),
  );
}

/** Each edge is asked this often: the median of five is no outlier of a busy machine. */
const SAMPLES = 5;

/** What a fault with a size adds to the time of a request and its answer, or of the close after it. */
export interface ExpectedDelay extends Omit<EdgeProbeLimits, 'timeoutMs'> {
  readonly addedMs: number;
  /** How far the measurement may be from it, either way; and some more upwards, for `BUSY_MS`. */
  readonly toleranceMs: number;
}

/** A quarter of what a fault adds, and at least this many milliseconds: a shared machine adds a few by itself. */
export function delayTolerance(addedMs: number, leastMs = 15): number {
  return Math.max(addedMs / 4, leastMs);
}

/** What a busy machine may add to a request by itself. It only ever adds: less than was asked for is no such thing. */
const BUSY_MS = 100;

/**
 * Measures the median time of requests across every edge and compares it with what it was before the fault. Absent:
 * nearer to that than half of what the fault adds.
 */
export async function attestDelay(
  { probeEdge }: Pick<FaultContext, 'probeEdge'>,
  edges: readonly string[],
  { expected, baseline }: Look,
  { addedMs, toleranceMs, ...wishes }: ExpectedDelay,
): Promise<AttestationProbe[]> {
  const timeoutMs = ANSWER_MS + 2 * addedMs;
  const limits = { timeoutMs, ...wishes };
  const timedPart = wishes.untilClosed ? 'the close after an answer' : 'a request';
  return await Promise.all(
    edges.map(async (subject): Promise<AttestationProbe> => {
      const before = baseline.find((probe) => probe.subject === subject)?.measured?.value;
      const ask = () => probeEdge(subject, limits);
      const probes = await (before === undefined ? inTurn(ask) : Promise.all(Array.from({ length: SAMPLES }, ask)));
      const unanswered = probes.find(({ outcome }) => outcome !== 'answered');
      const { atMs } = probes[0]!;
      const durations = probes.map(({ durationMs }) => durationMs);
      const [took, quickest] = [median(durations), Math.min(...durations)];
      const known = { subject, atMs, durationMs: Math.max(...durations) };
      if (unanswered !== undefined) {
        return { ...known, expectation: 'a request is answered', observed: unanswered.detail, status: 'mismatch' };
      }
      const measured = { value: took, unit: 'ms' };
      const median5 = `${took.toFixed(1)} ms (median of ${SAMPLES})`;
      if (expected === 'absent') {
        const limit = before === undefined ? null : before + addedMs / 2;
        const expectation =
          limit === null ? 'a request is answered' : `${timedPart} takes less than ${limit.toFixed(0)} ms`;
        return { ...known, measured, expectation, observed: median5, status: statusOf(limit === null || took < limit) };
      }
      const [least, most] = [addedMs - toleranceMs, addedMs + toleranceMs + BUSY_MS];
      const expectation = `${timedPart} takes ${Math.round(addedMs)} ms longer than before (${least.toFixed(0)} to ${most.toFixed(0)} ms)`;
      if (before === undefined) {
        return {
          ...known,
          measured,
          expectation,
          observed: `${median5}; nothing was measured before`,
          status: 'unproven',
        };
      }
      const added = took - before;
      const observed = `${median5}, ${added.toFixed(1)} ms longer than before; the quickest ${quickest.toFixed(1)} ms`;
      // A busy machine can make most of them slow, but a fault that does too much leaves none quick.
      const holds = added >= least && quickest - before <= most;
      return { ...known, measured, expectation, observed, status: statusOf(holds) };
    }),
  );
}

/** One after the other: without a fault to wait for, probes that go at once would measure each other. */
async function inTurn(ask: () => Promise<EdgeProbe>): Promise<EdgeProbe[]> {
  const probes: EdgeProbe[] = [];
  while (probes.length < SAMPLES) probes.push(await ask());
  return probes;
}

/** Of a probe whose answer is certain. */
export function statusOf(holds: boolean): 'confirmed' | 'mismatch' {
  return holds ? 'confirmed' : 'mismatch';
}
