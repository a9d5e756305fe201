import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { foldersOfRun, onlyRun, processesOfRun, readRun, runCommand } from './command.ts';

const SHORT = ['warmUp=4', 'steady=8', 'hold=26', 'recovery=6'].flatMap((text) => ['--set', text]);

/** Each of these passes, and leaves nothing behind. The rotation keeps npm test short: the matrix has them all. */
const RUNS = [
  { experiment: 'dc-outage', zone: 'us-west' },
  { experiment: 'dc-partition', zone: 'us-west' },
];

describe('experiments on the healthy target', function () {
  this.timeout(240_000);

  for (const { experiment, zone } of RUNS) {
    it(`${experiment} of ${zone} passes, and nothing of it is left`, async () => {
      const run = await runCommand('experiment', experiment, '--set', `zone=${zone}`, ...SHORT);
      try {
        assert.equal(run.code, 0, run.output());
        const folder = await onlyRun(run.reports);
        const { verdict, runId } = await readRun(run.reports);
        assert.equal(verdict, 'passed');
        for (const file of ['index.html', 'junit.xml', 'summary.md', 'history.jsonl', 'spans.jsonl']) {
          await access(join(folder, file));
        }
        assert.deepEqual(processesOfRun(runId), []);
        assert.deepEqual(await foldersOfRun(runId), []);
      } finally {
        await run.dispose();
      }
    });
  }
});
