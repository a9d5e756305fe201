import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import dcOutage from '../../experiments/dc-outage.ts';
import type { Problem } from '../base/errors.ts';
import { kill, latency } from '../faults/catalogue.ts';
import type { Experiment } from '../model/experiment.ts';
import { scheduled } from '../model/fault.ts';
import { edges, tier } from '../model/selector.ts';
import { planRun } from './plan.ts';

/** The sentences in which a plan is refused. */
function problemsOf(changes: object, driver?: 'process' | 'docker'): string[] {
  const experiment = { ...dcOutage, ...changes } as Experiment;
  try {
    planRun(experiment, { set: [], ...(driver && { driver }) });
  } catch (thrown) {
    const { message, exitCode } = thrown as Problem;
    assert.equal(exitCode, 4);
    return message.split('\n');
  }
  return [];
}

describe('what is wrong with an experiment', () => {
  it('is nothing for a good one', () => {
    assert.deepEqual(problemsOf({}), []);
  });

  it('is told all at once, each with where, what was expected and what came', () => {
    const problems = problemsOf({
      name: 'DC Outage',
      seed: 1.5,
      isolatedZones: () => 'us-west',
      load: { ...dcOutage.load, ratePerSecond: 0, regions: { 'us-east': 0.5, 'us-west': 0.6 } },
      phases: { ...dcOutage.phases, holdMs: '40' },
      stopConditions: [{ signal: 'p99', comparison: '=', threshold: 1, forMs: 0 }],
      checks: [],
    });
    assert.deepEqual(problems, [
      'experiment.name: expected small letters, digits and hyphens, got "DC Outage"',
      'experiment.seed: expected a whole number, got 1.5',
      'experiment.load.ratePerSecond: expected more than 0, got 0',
      'experiment.load.regions: expected shares that sum to 1, got {"us-east":0.5,"us-west":0.6}',
      'experiment.phases.holdMs: expected a number, got "40"',
      'experiment.checks: expected at least 1, got []',
      'experiment.stopConditions.0.comparison: expected < or >, got "="',
      'experiment.isolatedZones: there is no such field; did you mean "isolatedZone"?',
    ]);
  });

  it('includes what it computes from its parameters, and every fault', () => {
    const problems = problemsOf({
      objectives: () => ({ ...dcOutage.objectives({ zone: 'us-west' }), availability: 99 }),
      blastRadius: () => ({ users: 1, operations: 2 }),
      faults: () => [
        kill({ nodes: { node: 'web-3.us-east' } }),
        scheduled(latency({ edges: edges({ from: tier('web') }), latencyMs: 5 }), {
          startMs: 39_000,
          durationMs: 2000,
        }),
        scheduled(kill({ nodes: { node: 'web-1.us-east' } }), { startMs: 41_000 }),
      ],
    });
    assert.deepEqual(problems, [
      'objectives.availability: expected at most 1, got 99',
      'blastRadius.operations: expected at most 1, got 2',
      'faults[0] (kill): No node of stage-7 matches "web-3.us-east": it has no node "web-3.us-east"; did you mean "web-1.us-east"? It has the nodes: ' +
        problems[2]!.split('It has the nodes: ')[1]!,
      'faults[1].latency.latencyMs: expected at least 20, got 5',
      'faults[1] (latency): it ends 41 s after the injection, but the hold phase lasts 40 s',
      'faults[2] (kill): it begins 41 s after the injection, but the hold phase lasts 40 s',
    ]);
  });
});
