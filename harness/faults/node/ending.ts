import type { FaultAction, FaultContext } from '../../model/fault.ts';
import { nodeActions } from '../actions.ts';

type Needed = Pick<FaultContext, 'target' | 'clock'>;

/** Kills every process of the nodes; each action has the time of its signals. */
export async function killNodes({ target }: Pick<Needed, 'target'>, nodes: readonly string[]): Promise<FaultAction[]> {
  const killed = await target.kill(nodes);
  return killed.map(({ node, signalledAtMs }) => ({ atMs: signalledAtMs, what: 'killed', subject: node }));
}

/** What takes back every fault that ends nodes: starts those that do not run, and waits until each of them is ready. */
export async function startAgain({ target, clock }: Needed, nodes: readonly string[]): Promise<FaultAction[]> {
  const startedAtMs = clock.now();
  await target.start(nodes);
  return nodeActions('started', nodes, startedAtMs);
}

/** `startAgain` in words. */
export const STARTED_AGAIN = 'The nodes are started again where they were, and awaited until they are ready.';
