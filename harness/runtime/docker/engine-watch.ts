import type Docker from 'dockerode';
import { Problem } from '../../base/errors.ts';
import { RUN_LABEL } from './labels.ts';

/** Notices when the engine goes: its containers go with it, and a run on them has lost its target. */
export interface EngineWatch {
  /** Aborted, with the reason, when the engine no longer answers. */
  readonly lost: AbortSignal;
  close(): void;
}

/** Listens to the engine's events of a run, which it sends for as long as it lives. */
export async function watchEngine(api: Docker, runId: string): Promise<EngineWatch> {
  const lost = new AbortController();
  const closing = new AbortController();
  const filters = { label: [`${RUN_LABEL}=${runId}`] };
  const events = await api.getEvents({ filters, abortSignal: closing.signal });
  const end = () => {
    if (closing.signal.aborted) return;
    lost.abort(
      new Problem('The Docker Engine ended in the middle of the run', {
        code: 'engine-lost',
        hint: 'What it left behind is removed by the next command, or by "npm run undo", once it runs again.',
      }),
    );
  };
  events.on('error', end).on('end', end).on('close', end).resume();
  return { lost: lost.signal, close: () => closing.abort() };
}
