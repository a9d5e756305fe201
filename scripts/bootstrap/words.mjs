/** The set-up cannot go on, and the message says what to do. The exit code is that of wrong usage unless told otherwise. */
export class SetupProblem extends Error {
  /**
   * @param {string} message
   * @param {number} exitCode
   */
  constructor(message, exitCode = 4) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Writes a line to stderr, so that stdout stays the command's own.
 *
 * @param {string} line
 */
export function print(line) {
  process.stderr.write(`${line}\n`);
}
