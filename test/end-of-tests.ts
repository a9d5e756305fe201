/** What a test process may take to end by itself once the last test is over. */
const END_TIMEOUT_MS = 20_000;

/**
 * Mocha calls this when the last test is over. A handle that a test left open, above all one whose set-up failed half-way,
 * would keep the process alive for ever: then it is ended, as a failure that names what was still open.
 */
export function mochaGlobalTeardown(): void {
  setTimeout(() => {
    const open = process.getActiveResourcesInfo().filter((resource) => resource !== 'Timeout');
    process.stderr.write(
      `\nThe tests are over, but ${END_TIMEOUT_MS / 1000} s later something is still open: ${open.join(', ') || 'timers'}.\n`,
    );
    // Mocha sets the exit code of its own counts in a handler of this event; ours is the later one.
    process.on('exit', () => {
      process.exitCode = 1;
    });
    process.exit();
  }, END_TIMEOUT_MS).unref();
}
