import type { Check } from '../model/experiment.ts';
import { concludeRecovery } from './recovery-objective.ts';
import { defineFaultCheck } from './steady-before.ts';

const ADVICE =
  'Look in the failover timeline for the step that is missing or took longest: lease acquired, standby promoted, load balancers sent to the new primary. The log of the database agent says why it waited.';

/** Writes are back within the objective after the first injected action, in every region. */
export function rtoWrites(): Check {
  return defineFaultCheck({ name: 'rto-writes', title: 'Writes back in time', question: 'survive' }, (record) =>
    concludeRecovery(record, 'write', ADVICE),
  );
}
