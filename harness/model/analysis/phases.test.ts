import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { faultSpan, holdSpan, phaseSpan, undoneFromMs } from './phases.ts';
import { buildRecord } from './test-builders/record-builder.ts';
import { FAULT_MS, RUN_TO_MS, STEADY_FROM_MS, UNDO_MS } from './test-builders/story-times.ts';

describe('spans of a run', () => {
  it('give a phase its times, and null to one that did not run', () => {
    const { manifest } = buildRecord();
    assert.deepEqual(phaseSpan(manifest, 'steady-state'), { fromMs: STEADY_FROM_MS, toMs: FAULT_MS - 10 });
    assert.equal(phaseSpan(manifest, 'report'), null);
  });

  it('let a phase without an end last until the run finished, if that is known', () => {
    const { manifest } = buildRecord();
    const hold = manifest.phases.find(({ phase }) => phase === 'hold')!;
    hold.endedAtMs = null;
    assert.equal(phaseSpan(manifest, 'hold')?.toMs, RUN_TO_MS);
    manifest.finishedAtMs = null;
    assert.equal(phaseSpan(manifest, 'hold'), null);
  });

  it('let the fault last from the first action that was injected to the last of the undo', () => {
    const { manifest } = buildRecord();
    const [fault] = manifest.faults;
    fault!.actions.reverse();
    assert.deepEqual(faultSpan(manifest), { fromMs: FAULT_MS, toMs: fault!.undoneUntilMs });
  });

  it('let a fault that was never undone last as long as anything is known', () => {
    const { manifest } = buildRecord();
    Object.assign(manifest.faults[0]!, { undoActions: [], undoneFromMs: null, undoneUntilMs: null });
    assert.deepEqual(faultSpan(manifest), { fromMs: FAULT_MS, toMs: RUN_TO_MS });
    manifest.finishedAtMs = null;
    assert.equal(faultSpan(manifest)?.toMs, RUN_TO_MS);
  });

  it('know no fault when no action is recorded, even if one was attempted', () => {
    const { manifest } = buildRecord();
    manifest.faults[0]!.actions = [];
    assert.equal(faultSpan(manifest), null);
    assert.equal(holdSpan(manifest), null);
  });

  it('count recovery from the first action, not from the beginning of the hold phase', () => {
    assert.deepEqual(holdSpan(buildRecord().manifest), { fromMs: FAULT_MS, toMs: UNDO_MS });
  });

  it('know when the undo began, and when there was none', () => {
    const { manifest } = buildRecord();
    assert.equal(undoneFromMs(manifest), UNDO_MS);
    manifest.faults[0]!.undoneFromMs = null;
    assert.equal(undoneFromMs(manifest), null);
  });
});
