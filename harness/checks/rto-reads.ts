import type { Check } from '../model/experiment.ts';
import { concludeRecovery } from './recovery-objective.ts';
import { defineFaultCheck } from './steady-before.ts';

const ADVICE =
  'Look in the failover timeline for the step that took longest: detection by the name server, the time to live of its answers, or clients that keep old connections.';

/** Reads are back within the objective after the first injected action, in every region. */
export function rtoReads(): Check {
  return defineFaultCheck({ name: 'rto-reads', title: 'Reads back in time', question: 'survive' }, (record) =>
    concludeRecovery(record, 'read', ADVICE),
  );
}
