import type { RunObserver } from '../harness/run/observer.ts';

const nothing = () => undefined;

/** Hears of everything and tells nobody. */
export const SILENT: RunObserver = {
  runCreated: nothing,
  phaseStarted: nothing,
  phaseEnded: nothing,
  nodeReady: nothing,
  load: nothing,
  note: nothing,
};
