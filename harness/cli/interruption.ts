import { Problem } from '../base/errors.ts';

export interface Interruption {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  signal: AbortSignal;
  wait(): Promise<void>;
}

/**
 * The first signal asks for an orderly end: faults taken back, target torn down, report written. Later ones change
 * nothing but say so, because an end cut short is how things are left running.
 */
export function untilInterrupted(): Interruption {
  const controller = new AbortController();
  const interrupt = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      process.stderr.write('\nAlready taking everything back; this takes a few seconds.\n');
      return;
    }
    process.stderr.write(`\n${name}: taking everything back ...\n`);
    controller.abort(new Problem(`${name} while the run was going on`, { code: 'interrupted', exitCode: 130 }));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
  return {
    signal: controller.signal,
    wait: () =>
      new Promise((resolve) => {
        if (controller.signal.aborted) resolve();
        controller.signal.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
}
