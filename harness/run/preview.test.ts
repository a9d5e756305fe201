import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import dcOutage from '../../experiments/dc-outage.ts';
import { planRun } from './plan.ts';
import { previewPlan } from './preview.ts';

describe('the preview of a run', () => {
  const lines = previewPlan(
    planRun(dcOutage, { set: ['zone=us-east'], stop: ['availability < 0.2 for 5 s'] }),
    'process',
  );

  it('tells how long it takes and what it would touch, name by name', () => {
    assert.ok(lines.includes('Length   about 99 s, bring-up and report included'), lines[5]);
    assert.ok(
      lines.includes(
        'Fault    Power loss of us-east (zone-outage), at the start of the injection, until everything is taken back',
      ),
    );
    assert.ok(lines.includes('  7 nodes in us-east'));
    assert.ok(lines.includes('    web-1.us-east'));
    assert.ok(lines.includes('    web-1.us-east->lb.us-east:sql-write'));
  });

  it('tells on what it would be stopped: what was typed, and the guards of the harness itself', () => {
    assert.ok(lines.includes('  availability < 0.2 for 5 s'));
    assert.ok(lines.includes('  free-disk < 100'));
  });
});
