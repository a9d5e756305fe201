import { readFileSync, writeFileSync } from 'node:fs';
import mocha from 'mocha';

const { Runner, reporters } = mocha;
const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING } = Runner.constants;

/**
 * Mocha's usual output, and in the file $FAULTLINE_TEST_COUNTS the counts so far as "PASSED FAILED SKIPPED", then a
 * line for each failure, on top of what it has there already. It is written after each test, so that it is true even
 * when the run is cut short. A failed hook is a failure.
 */
export default class CountingReporter extends reporters.Spec {
  /**
   * @param {Mocha.Runner} runner
   * @param {Mocha.MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    const file = /** @type {string} */ (process.env.FAULTLINE_TEST_COUNTS);
    const [before = '', ...failures] = readFileSync(file, 'utf8').trimEnd().split('\n');
    const [passed = 0, failed = 0, skipped = 0] = before.split(' ').map(Number);
    const counts = { [EVENT_TEST_PASS]: passed, [EVENT_TEST_FAIL]: failed, [EVENT_TEST_PENDING]: skipped };
    for (const event of [EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING]) {
      runner.on(event, (test, error) => {
        counts[event] += 1;
        if (event === EVENT_TEST_FAIL) failures.push(`${test.fullTitle()}: ${String(error?.message).split('\n')[0]}`);
        writeFileSync(file, `${[Object.values(counts).join(' '), ...failures].join('\n')}\n`);
      });
    }
  }
}
