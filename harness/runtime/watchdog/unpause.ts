import Docker from 'dockerode';
import { systemClock as clock } from '../../base/clock.ts';
import { engineStatus } from '../docker/engine.ts';
import type { PausedContainer } from './paused.ts';

/** The order to pause may still be on its way when whoever gave it is killed: so long it must have been seen running. */
const SETTLED_MS = 2000;
const LIMIT_MS = 30_000;
const LOOK_INTERVAL_MS = 100;

/** Sees to it that a container is not paused, and does not become so any more; fine when it has ended or is gone. */
export async function unpause({ id, engine }: PausedContainer): Promise<void> {
  const container = new Docker(engine).getContainer(id);
  const deadlineMs = clock.now() + LIMIT_MS;
  let runsSinceMs: number | undefined;
  while (clock.now() < deadlineMs) {
    try {
      const { State: state } = await container.inspect();
      if (!state.Running) return;
      if (state.Paused) {
        runsSinceMs = undefined;
        await container.unpause();
      }
      runsSinceMs ??= clock.now();
      if (clock.now() - runsSinceMs >= SETTLED_MS) return;
    } catch (thrown) {
      if (engineStatus(thrown) === 404) return;
    }
    await clock.sleep(LOOK_INTERVAL_MS);
  }
}
