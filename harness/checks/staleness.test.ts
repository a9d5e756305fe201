import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict } from '../model/analysis/test-builders/expect-verdict.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS } from '../model/analysis/test-builders/story-times.ts';
import type { Operation } from '../model/operation.ts';
import { staleness } from './staleness.ts';

/** At so many seconds after the fault. */
type Story = readonly [atS: number, what: 'write' | 'read', value: string, outcome?: Operation['outcome']];

function record(...story: Story[]) {
  const built = buildRecord();
  built.manifest.objectives = { ...built.manifest.objectives, stalenessMs: 2000 };
  const [model] = built.operations;
  built.operations = story.map(([atS, kind, value, outcome = 'ok'], index): Operation => {
    const startMs = FAULT_MS + atS * 1000;
    const times = { intendedMs: startMs, startMs, endMs: startMs + 20 };
    return { ...model!, ...times, index, class: kind, key: 'photo:1', value, outcome, user: kind };
  });
  return built;
}

const TWICE: Story[] = [
  [0, 'write', 'a'],
  [10, 'write', 'b'],
];

describe('staleness', () => {
  it('has no use where nothing is promised', () => {
    const built = record(...TWICE);
    delete built.manifest.objectives.stalenessMs;
    assert.equal(staleness().applies(built), false);
  });

  it('passes when what is shown is the latest, or was overwritten just now', () => {
    const { sentence } = expectVerdict(staleness(), record(...TWICE, [9, 'read', 'a'], [11, 'read', 'a']), 'passed');
    assert.match(sentence, /of 2 reads of what had been written more than once the stalest was 980 ms old/);
    expectVerdict(staleness(), record(...TWICE, [30, 'read', 'b']), 'passed');
  });

  it('deviates when somebody is shown what was overwritten long before, and names it', () => {
    const { findings, measurements } = expectVerdict(staleness(), record(...TWICE, [15, 'read', 'a']), 'deviated');
    assert.match(findings[0]!.summary, /^read in us-\w+ was shown photo:1 by \S+ as it was 5 s before, although write/);
    assert.equal(measurements[0]?.value, 4980);
  });

  it('believes nothing of writes that were refused, or whose outcome is unknown', () => {
    const refused: Story[] = [TWICE[0]!, TWICE[1]!, [20, 'write', 'c', 'fail'], [21, 'write', 'd', 'info']];
    expectVerdict(staleness(), record(...refused, [40, 'read', 'b'], [41, 'read', 'd']), 'passed');
  });

  it('knows nothing when nothing was written twice', () => {
    expectVerdict(staleness(), record([0, 'write', 'a'], [5, 'read', 'a']), 'inconclusive');
  });
});
