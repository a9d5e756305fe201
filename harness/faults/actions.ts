import type { FaultAction, FaultContext, FaultScope } from '../model/fault.ts';
import type { EdgeChange } from '../model/running-target.ts';

/** The same thing done to every one of these edges. */
export function edgeActions(what: string, changes: readonly EdgeChange[]): FaultAction[] {
  return changes.map(({ edge, atMs }) => ({ atMs, what, subject: edge }));
}

/** What takes back every fault that is nothing but an impairment of its edges. */
export async function healEdges(
  { network }: Pick<FaultContext, 'network'>,
  { edges }: FaultScope,
): Promise<FaultAction[]> {
  return edgeActions('healed', await network.heal(edges));
}

/** The same thing done to every one of these nodes at one time. */
export function nodeActions(what: string, nodes: readonly string[], atMs: number): FaultAction[] {
  return nodes.map((subject) => ({ atMs, what, subject }));
}
