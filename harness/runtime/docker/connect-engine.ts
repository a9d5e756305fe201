import Docker from 'dockerode';
import { EXIT_USAGE, messageOf, Problem } from '../../base/errors.ts';

/** An engine on a socket answers within milliseconds; one behind a tunnel may need a second. */
const ANSWER_MS_MAX = 5000;

/**
 * The engine that DOCKER_HOST names, or the one on this machine's usual socket, once it has answered.
 * @throws Problem `no-engine` (exit code 4).
 */
export async function connectEngine(): Promise<Docker> {
  try {
    await new Docker({ timeout: ANSWER_MS_MAX }).ping();
    return new Docker();
  } catch (thrown) {
    throw new Problem(`No container engine answers: ${messageOf(thrown)}`, {
      code: 'no-engine',
      hint: 'Start Docker, or set DOCKER_HOST to where an engine listens.',
      exitCode: EXIT_USAGE,
      cause: thrown,
    });
  }
}
