import type { RunningTarget } from '../model/running-target.ts';
import { startsWithTarget, type Topology } from '../model/topology.ts';
import type { BringUpOptions } from './bring-up.ts';
import { BRING_UP_TIMEOUT_MS, type StartOptions } from './driver.ts';

/** A target as drivers make it: its start tells of each node that is ready. */
interface StartableTarget extends RunningTarget {
  start(nodes: readonly string[], options?: Partial<BringUpOptions>): Promise<void>;
}

/**
 * Has a target prepared and starts every node that comes up with it. When either fails, or the signal aborts, all that
 * was deferred is done first, newest first.
 * @param prepare everything but the start of the nodes; it defers what undoes a step before it takes the step.
 */
export async function startTarget<Target extends StartableTarget>(
  topology: Topology,
  { timeoutMs = BRING_UP_TIMEOUT_MS, onNodeReady, signal }: StartOptions,
  prepare: (cleanUp: AsyncDisposableStack) => Promise<Target>,
): Promise<Target> {
  signal?.throwIfAborted();
  const cleanUp = new AsyncDisposableStack();
  try {
    const target = await prepare(cleanUp);
    await target.start(
      topology.nodes.filter(startsWithTarget).map(({ name }) => name),
      { timeoutMs, ...(onNodeReady && { onReady: onNodeReady }), ...(signal && { signal }) },
    );
    return target;
  } catch (thrown) {
    await cleanUp.disposeAsync().catch(() => undefined);
    throw thrown;
  }
}
