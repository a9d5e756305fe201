import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import dcOutage from '../../experiments/dc-outage.ts';
import type { Problem } from '../base/errors.ts';
import { cacheFlush } from '../faults/catalogue.ts';
import { scheduled } from '../model/fault.ts';
import { tier } from '../model/selector.ts';
import { planRun } from './plan.ts';

describe('planning a run', () => {
  it('takes defaults where nothing is set', () => {
    const plan = planRun(dcOutage, { set: [] });
    assert.equal(plan.parameters.zone, 'us-west');
    assert.equal(plan.isolatedZone, 'us-west');
    assert.equal(plan.phases.holdMs, 40_000);
    assert.equal(plan.faults[0]?.scope.nodes.length, 7);
  });

  it('takes what is set, phase lengths in seconds', () => {
    const plan = planRun(dcOutage, {
      set: ['zone=us-east', 'hold=30', 'steady=1.5'],
      seed: 42,
      ratePerSecond: 20,
      usersPerRegion: 5,
    });
    assert.equal(plan.parameters.zone, 'us-east');
    assert.deepEqual([plan.phases.holdMs, plan.phases.steadyStateMs], [30_000, 1500]);
    assert.deepEqual([plan.seed, plan.load.ratePerSecond, plan.load.usersPerRegion], [42, 20, 5]);
    assert.equal('hold' in plan.parameters, false);
  });

  it('holds the datacenter without the primary to the shorter objective for writes', () => {
    assert.equal(planRun(dcOutage, { set: [] }).objectives.rtoWritesMs, 20_000);
    assert.equal(planRun(dcOutage, { set: ['zone=us-east'] }).objectives.rtoWritesMs, 10_000);
  });

  it('tells all problems at once, each with what is accepted', () => {
    const choices = {
      set: ['zone=us-north', 'hodl=30', 'hold=-1', 'durability'],
      seed: 1.5,
      ratePerSecond: 0,
      usersPerRegion: 1.5,
      mutant: 'no-fence',
    };
    assert.throws(
      () => planRun(dcOutage, choices),
      (thrown: Problem) => {
        assert.equal(thrown.exitCode, 4);
        assert.deepEqual(thrown.message.split('\n'), [
          '--set zone=us-north: expected us-west or us-east',
          '--set hodl=30: there is no parameter "hodl"; did you mean "hold"?',
          '--set hold=-1: expected a number from 0 to 3600',
          '--set durability: expected key=value',
          '--rate: expected operations per second from 1 to 5000, got 0',
          '--users: expected a whole number of users per region from 1 to 100000, got 1.5',
          '--seed: expected a whole number, got 1.5',
          '--mutant no-fence: stage-7 has no such mutant; did you mean "no-fencing"? It has: no-promotion, no-fencing, false-in-sync, replica-reads-without-fallback, no-stampede-protection, cache-not-invalidated, geodns-without-health-checks, sessions-in-memory, telemetry-off',
        ]);
        return true;
      },
    );
  });

  it('gives an event no duration', () => {
    const flush = scheduled(cacheFlush({ nodes: tier('cache') }), { durationMs: 5000 });
    assert.throws(() => planRun({ ...dcOutage, faults: () => [flush] }, { set: [] }), {
      message: 'faults[0] (cache-flush): durationMs: expected none, since it is over at once',
    });
  });
});
