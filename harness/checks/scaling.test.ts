import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict, measured } from '../model/analysis/test-builders/expect-verdict.ts';
import { answered, type Behaviour } from '../model/analysis/test-builders/operations-builder.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { LOAD_TO_MS, UNDO_MS } from '../model/analysis/test-builders/story-times.ts';
import type { RunRecord } from '../model/run-record.ts';
import { scaling } from './scaling.ts';

/** The hold lasts 40 s, and the load goes on for 18 s after it. */
const OPTIONS = { needed: 4, growMs: 12_000, shrinkMs: 10_000 };

interface Story {
  /** From the fault to when each further server serves. */
  grownMs?: readonly number[];
  /** From the undo to when they are gone. */
  shrunkMs?: number;
  most?: number;
}

/** Two servers, then further ones, then two. All of it in one zone. */
function scaled({ grownMs = [4000, 8000], shrunkMs = 6000 }: Story = {}): RunRecord {
  const behaviour: Behaviour = (planned) => {
    const { intendedMs, afterFaultMs, index } = planned;
    const gone = intendedMs >= UNDO_MS + shrunkMs;
    const further = gone ? 0 : grownMs.filter((atMs) => afterFaultMs >= atMs).length;
    const servedBy = `web-${1 + (Math.floor(index / 2) % (2 + further))}.us-west`;
    return { ...answered(planned, { datacenter: 'us-west', epoch: 1 }), servedBy };
  };
  const record = buildRecord({ behaviour });
  const { topology } = record.manifest;
  const like = topology.nodes.find(({ name }) => name === 'web-1.us-west')!;
  const further = ['web-3', 'web-4'].map((name) => ({ ...like, name: `${name}.us-west`, start: 'request' as const }));
  record.manifest.topology = { ...topology, nodes: [...topology.nodes, ...further] };
  return record;
}

describe('scaling', () => {
  it('passes with how long it took to grow and to shrink', () => {
    const verdict = expectVerdict(scaling(OPTIONS), scaled(), 'passed');
    assert.equal(
      verdict.sentence,
      'The tier followed the load: it grew from 2 to 4 in 8 s and was as small as before 6 s after the fault.',
    );
    assert.equal(measured(verdict, 'servers-most'), 4);
  });

  it('deviates when the tier stays as it is', () => {
    const verdict = expectVerdict(scaling(OPTIONS), scaled({ grownMs: [] }), 'deviated');
    assert.equal(verdict.sentence, 'The tier did not follow the load: at most 2 web servers served, 4 were needed.');
    assert.ok(verdict.advice?.includes('autoscaler'));
  });

  it('deviates when it grows too little, or too late', () => {
    const little = expectVerdict(scaling(OPTIONS), scaled({ grownMs: [4000] }), 'deviated');
    assert.match(little.sentence, /at most 3 web servers served, 4 were needed/);
    const late = expectVerdict(scaling(OPTIONS), scaled({ grownMs: [4000, 15_000] }), 'deviated');
    assert.match(late.sentence, /4 web servers served only after 15 s/);
  });

  it('deviates when it shrinks too late, or never', () => {
    const late = expectVerdict(scaling(OPTIONS), scaled({ shrunkMs: 14_000 }), 'deviated');
    assert.match(late.sentence, /more web servers than before served for 14 s after the fault had ended/);
    const never = expectVerdict(scaling(OPTIONS), scaled({ shrunkMs: 60_000 }), 'deviated');
    assert.match(never.sentence, /more web servers than before still served 17 s after the fault had ended/);
  });

  it('is inconclusive when the load ended before it had to be small', () => {
    const verdict = expectVerdict(
      scaling({ ...OPTIONS, shrinkMs: 30_000 }),
      scaled({ shrunkMs: 60_000 }),
      'inconclusive',
    );
    assert.match(verdict.gaps[0]!, /the load ended 17 s after the fault, before the tier had to be small/);
  });

  it('is inconclusive when the hold was shorter than it may take to grow', () => {
    const verdict = expectVerdict(scaling({ ...OPTIONS, growMs: 50_000 }), scaled({ grownMs: [] }), 'inconclusive');
    assert.match(verdict.gaps[0]!, /the hold of 40 s was shorter than the tier may take to grow/);
  });

  it('is inconclusive when nothing tells who served', () => {
    const record = scaled();
    for (const operation of record.operations) delete operation.servedBy;
    expectVerdict(scaling(OPTIONS), record, 'inconclusive');
    const unloaded = scaled();
    unloaded.operations = unloaded.operations.filter(({ startMs }) => startMs > LOAD_TO_MS);
    expectVerdict(scaling(OPTIONS), unloaded, 'inconclusive');
  });
});
