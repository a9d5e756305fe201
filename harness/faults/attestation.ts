import type { AttestationProbe, FaultContext } from '../model/fault.ts';

/** A request that crosses a cut edge would need longer than this; a healthy one takes a few milliseconds. */
const SILENCE_MS = 1000;
/** An edge that was just restored may need a moment: its far end reconnects, or is still starting. */
const ANSWER_MS = 2000;

/** Asks across every edge whether an answer comes back, which is what the clients of that edge would find. */
export async function attestEdges(
  { probeEdge }: FaultContext,
  edges: readonly string[],
  expected: 'silent' | 'answering',
): Promise<AttestationProbe[]> {
  const timeoutMs = expected === 'silent' ? SILENCE_MS : ANSWER_MS;
  const expectation =
    expected === 'silent'
      ? `a request across the edge finds no answer within ${timeoutMs} ms`
      : `a request across the edge is answered within ${timeoutMs} ms`;
  return await Promise.all(
    edges.map(async (edge): Promise<AttestationProbe> => {
      const { answered, silent, detail, atMs, durationMs } = await probeEdge(edge, { timeoutMs });
      const status = (expected === 'answering' ? answered : silent) ? 'confirmed' : 'mismatch';
      return { subject: edge, expectation, observed: detail, status, atMs, durationMs };
    }),
  );
}

/** Asks the operating system or the engine whether the nodes' processes are there. */
export async function attestNodes(
  { target, clock }: FaultContext,
  nodes: readonly string[],
  expected: 'gone' | 'running',
): Promise<AttestationProbe[]> {
  const expectation = expected === 'gone' ? 'no process of the node exists' : 'the node runs';
  return await Promise.all(
    nodes.map(async (node): Promise<AttestationProbe> => {
      const atMs = clock.now();
      const { state, processes } = await target.status(node);
      const holds = expected === 'gone' ? processes === 0 && state !== 'running' : state === 'running';
      const observed = `${state}, ${processes} ${processes === 1 ? 'process' : 'processes'}`;
      const status = holds ? 'confirmed' : 'mismatch';
      return { subject: node, expectation, observed, status, atMs, durationMs: clock.now() - atMs };
    }),
  );
}
