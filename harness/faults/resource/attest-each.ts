import type { AttestationProbe, FaultContext } from '../../model/fault.ts';
import { statusOf } from '../attestation.ts';
import { forEachNode } from '../node-attestation.ts';

/** What a probe found of one node; `observed` null: nothing, because the node does not run. */
export interface Finding {
  readonly observed: string | null;
  readonly holds: boolean;
  readonly measured?: AttestationProbe['measured'];
}

/** Asks something of every node at once. Of a node that does not run nothing is proven. */
export async function attestEach(
  context: Pick<FaultContext, 'clock'>,
  nodes: readonly string[],
  { expectation, find }: { expectation: string; find: (node: string) => Promise<Finding> },
): Promise<AttestationProbe[]> {
  return await forEachNode(context, nodes, async (node) => {
    const { observed, holds, measured } = await find(node);
    if (observed === null) return { expectation, observed: 'the node does not run', status: 'unproven' };
    return { expectation, observed, status: statusOf(holds), ...(measured && { measured }) };
  });
}
