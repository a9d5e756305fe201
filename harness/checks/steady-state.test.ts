import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict, measured } from '../model/analysis/test-builders/expect-verdict.ts';
import {
  type Behaviour,
  handledWell,
  refused,
  unanswered,
} from '../model/analysis/test-builders/operations-builder.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { STEADY_FROM_MS } from '../model/analysis/test-builders/story-times.ts';

import { steadyState } from './steady-state.ts';

/** Goes as `handledWell`, but for some of us-west's operations in the steady state. */
function unsteady(change: Behaviour): Behaviour {
  return (planned) => ({
    ...handledWell(planned),
    ...(planned.region === 'us-west' && planned.afterFaultMs < 0 && planned.index % 15 === 1 ? change(planned) : {}),
  });
}

describe('steady-state', () => {
  it('passes when every region met the objectives before the fault', () => {
    const verdict = expectVerdict(steadyState(), buildRecord(), 'passed');
    assert.equal(
      verdict.sentence,
      'Before the fault 100 % of operations succeeded in us-east (99th percentile of latency 20 ms) and 100 % in us-west (20 ms).',
    );
    assert.equal(measured(verdict, 'availability', { region: 'us-west' }), 100);
  });

  it('is inconclusive, never deviated, when one region failed too often before the fault', () => {
    const record = buildRecord({ behaviour: unsteady((planned) => refused(planned, 'us-west')) });
    const verdict = expectVerdict(steadyState(), record, 'inconclusive');
    assert.equal(
      verdict.sentence,
      'The system was not steady before the fault, so nothing after it proves anything: in us-west 93.31 % succeeded (objective 99 %).',
    );
  });

  it('counts unknown outcomes and slow answers', () => {
    const unknown = unsteady((planned) => ({ ...unanswered(planned, 'us-west'), outcome: 'info' }));
    expectVerdict(steadyState(), buildRecord({ behaviour: unknown }), 'inconclusive');
    const slow = unsteady(({ intendedMs }) => ({ endMs: intendedMs + 1200 }));
    const { gaps } = expectVerdict(steadyState(), buildRecord({ behaviour: slow }), 'inconclusive');
    assert.deepEqual(gaps, ['in us-west 99th percentile of latency 1.2 s (objective 1 s)']);
  });

  it('does not look at the warm-up or at what the fault did', () => {
    const behaviour: Behaviour = (planned) =>
      planned.intendedMs < STEADY_FROM_MS ? refused(planned, planned.region) : handledWell(planned);
    expectVerdict(steadyState(), buildRecord({ behaviour }), 'passed');
  });

  it('leaves out what was under way when the fault began, but for what was late already', () => {
    const inTheLast =
      (fromMs: number, toMs: number): Behaviour =>
      (planned) => ({
        ...handledWell(planned),
        ...(planned.afterFaultMs > -fromMs && planned.afterFaultMs < -toMs ? unanswered(planned, 'us-west') : {}),
      });
    const interrupted = buildRecord({ behaviour: inTheLast(500, 0) });
    const { sentence } = expectVerdict(steadyState(), interrupted, 'passed');
    assert.match(sentence, /100 % of operations succeeded in us-east/);
    expectVerdict(steadyState(), buildRecord({ behaviour: inTheLast(1500, 1000) }), 'inconclusive');
  });

  it('is inconclusive without the phase or without operations in a region', () => {
    const record = buildRecord();
    record.manifest.phases = record.manifest.phases.filter(({ phase }) => phase !== 'steady-state');
    expectVerdict(steadyState(), record, 'inconclusive');
    const oneSided = buildRecord();
    oneSided.operations = oneSided.operations.filter(({ region }) => region === 'us-east');
    const { gaps } = expectVerdict(steadyState(), oneSided, 'inconclusive');
    assert.deepEqual(gaps, ['only 0 operations in us-west']);
  });
});
