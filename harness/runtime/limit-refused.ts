import { messageOf, Problem } from '../base/errors.ts';

/** What to tell when a limit could not be set: most often more memory is in use than it would allow. */
export function limitRefused(node: string, thrown: unknown): Problem {
  return new Problem(`The limits of ${node} could not be set: ${messageOf(thrown)}`, {
    code: 'limit-refused',
    hint: 'A memory limit may have to be higher than what the node uses at that moment; its report tells how much that is.',
    cause: thrown,
  });
}
