import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { describe, it } from 'mocha';
import { onlyRun, readRun, withExperiment } from './command.ts';
import { expectNothingLeft } from './leftovers.ts';

describe('a run whose stop condition is breached', function () {
  this.timeout(180_000);

  it('takes everything back at once, says so, and leaves nothing', async () => {
    const set = ['warmUp=1', 'steady=3', 'hold=60', 'recovery=1'];
    const stop = ['availability < 0.9 for 0.5 s', 'promql vector(1) > 2'];
    const words = { experiment: 'dc-outage', driver: 'process', set, stop, signal: undefined } as const;
    await withExperiment(words, async (command) => {
      assert.equal(await command.exit(), 3);
      const { verdict, abort, faults, checks, stopConditions, phases } = await readRun(command.reports);
      assert.equal(verdict, 'aborted');
      assert.equal(abort?.condition, 'availability < 0.9 for 0.5 s');
      assert.ok(abort.breachedAtMs - abort.beyondSinceMs >= 500);
      assert.ok(abort.undoBegunAtMs !== null && abort.undoBegunAtMs >= abort.breachedAtMs);
      assert.ok(abort.healedAtMs !== null && abort.healedAtMs > abort.undoBegunAtMs);
      assert.ok(faults[0]?.attestation.undone.every(({ status }) => status === 'confirmed'));
      assert.equal(checks.find(({ check }) => check === 'stop-conditions')?.status, 'passed');
      assert.equal(stopConditions?.find(({ condition }) => condition.startsWith('promql'))?.worst, 1);
      assert.equal(
        phases.some(({ phase }) => phase === 'recovery'),
        false,
      );
      await expectNothingLeft(basename(await onlyRun(command.reports)));
    });
  });
});
