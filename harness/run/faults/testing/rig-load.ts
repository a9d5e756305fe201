import { join } from 'node:path';
import type { RunningTarget } from '../../../model/running-target.ts';
import type { LoadControl } from '../../../model/workload.ts';
import { LoadGenerator, type LoadPlan } from '../../load-generator.ts';
import { SpanReceiver } from '../../span-receiver.ts';

/** A load that runs while the faults of a test are there. */
export interface RigLoad extends LoadControl {
  end(): Promise<void>;
}

/** The real load generator with all its users logged in, under load. Its files go into `path`. */
export async function startRigLoad(plan: LoadPlan, running: RunningTarget, path: string): Promise<RigLoad> {
  const { signal } = new AbortController();
  const spans = join(path, 'spans.jsonl');
  const receiver = await SpanReceiver.start({ host: '127.0.0.1', spans, forwardTo: undefined, signal });
  const generator = await LoadGenerator.start({
    ...{ plan, running, directory: { path, history: join(path, 'history.jsonl') }, signal },
    collector: receiver.address,
    onProgress: () => undefined,
  });
  await generator.openSessions(signal);
  generator.begin();
  return {
    forFault: (id) => generator.forFault(id),
    async end() {
      await generator.end();
      await receiver.end();
    },
  };
}
