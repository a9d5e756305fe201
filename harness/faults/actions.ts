import type { FaultAction } from '../model/fault.ts';
import type { EdgeChange } from '../model/running-target.ts';

/** The same thing done to every one of these edges. */
export function edgeActions(what: string, changes: readonly EdgeChange[]): FaultAction[] {
  return changes.map(({ edge, atMs }) => ({ atMs, what, subject: edge }));
}

/** The same thing done to every one of these nodes at one time. */
export function nodeActions(what: string, nodes: readonly string[], atMs: number): FaultAction[] {
  return nodes.map((subject) => ({ atMs, what, subject }));
}
