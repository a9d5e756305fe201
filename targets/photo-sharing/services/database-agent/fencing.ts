import type { Logger } from '../log.ts';
import { monotonicMs } from './monotonic.ts';
import type { NodeState } from './node-state.ts';

/**
 * Stops serving at once: the health endpoints say no from this moment, and PostgreSQL is ended without a word to its
 * clients, so nothing that it had not answered is ever acknowledged. Resolves when nothing of it is left.
 */
export async function fence(state: NodeState, log: Logger, reason: string): Promise<void> {
  if (state.fencing) return;
  state.fencing = true;
  state.open = false;
  state.role = 'fenced';
  const { epoch } = state;
  const startedAt = monotonicMs();
  const lateMs = Math.round(Math.max(0, startedAt - state.servesUntil));
  try {
    await state.instance.fence();
  } finally {
    state.fencing = false;
    state.promisedAt = undefined;
  }
  const durationMs = Math.round(monotonicMs() - startedAt);
  log.warn(
    { event: 'fenced', epoch, reason, durationMs, ...(Number.isFinite(lateMs) ? { lateMs } : {}) },
    'PostgreSQL was ended: this node may not serve as primary',
  );
}
