import type { AttestationProbe, FaultContext } from '../../model/fault.ts';

/** What a probe found of one node; `observed` null: nothing, because the node does not run. */
export interface Finding {
  readonly observed: string | null;
  readonly holds: boolean;
  readonly measured?: AttestationProbe['measured'];
}

/** Asks something of every node at once. Of a node that does not run nothing is proven. */
export async function attestEach(
  { clock }: Pick<FaultContext, 'clock'>,
  nodes: readonly string[],
  { expectation, find }: { expectation: string; find: (node: string) => Promise<Finding> },
): Promise<AttestationProbe[]> {
  return await Promise.all(
    nodes.map(async (subject): Promise<AttestationProbe> => {
      const atMs = clock.now();
      const { observed, holds, measured } = await find(subject);
      const known = { subject, expectation, atMs, durationMs: clock.now() - atMs };
      if (observed === null) return { ...known, observed: 'the node does not run', status: 'unproven' };
      return { ...known, observed, status: holds ? 'confirmed' : 'mismatch', ...(measured && { measured }) };
    }),
  );
}
