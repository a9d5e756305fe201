import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { AttestationProbe, EdgeProbe, FaultContext } from '../model/fault.ts';
import { attestDelay, attestEdges } from './attestation.ts';

const ANSWERED: Partial<EdgeProbe> = { outcome: 'answered', detail: 'HTTP/1.1 200 OK' };
const CLOSED: Partial<EdgeProbe> = { outcome: 'closed', detail: 'closed without an answer' };
const SILENT: Partial<EdgeProbe> = { outcome: 'silent', detail: 'no answer in time' };

/** A context whose probes find what the test says; everything else of it must not be needed. */
function finding(edge: Partial<EdgeProbe>): FaultContext {
  return {
    clock: { now: () => 0 },
    probeEdge: async () => ({ atMs: 0, durationMs: 0, ...edge }) as EdgeProbe,
  } as unknown as FaultContext;
}

async function edgeStatus(edge: Partial<EdgeProbe>, expected: 'silent' | 'answering') {
  return (await attestEdges(finding(edge), ['a->b:http'], expected)).map(({ status }) => status);
}

describe('attestation of edges', () => {
  it('confirms a cut only by silence: a closed connection shows a dead far end, not a cut', async () => {
    assert.deepEqual(await edgeStatus(SILENT, 'silent'), ['confirmed']);
    assert.deepEqual(await edgeStatus(CLOSED, 'silent'), ['mismatch']);
    assert.deepEqual(await edgeStatus(ANSWERED, 'silent'), ['mismatch']);
  });

  it('confirms a healed edge only by an answer', async () => {
    assert.deepEqual(await edgeStatus(ANSWERED, 'answering'), ['confirmed']);
    assert.deepEqual(await edgeStatus(CLOSED, 'answering'), ['mismatch']);
    assert.deepEqual(await edgeStatus(SILENT, 'answering'), ['mismatch']);
  });

  describe('of a delay', () => {
    const delay = { addedMs: 200, toleranceMs: 50 };
    const measure = (edge: Partial<EdgeProbe>, baseline: readonly AttestationProbe[] | null) =>
      attestDelay(
        finding(edge),
        ['a->b:http'],
        { expected: baseline === null ? 'absent' : 'injected', baseline: baseline ?? [] },
        delay,
      );
    const beforehand = () => measure({ ...ANSWERED, durationMs: 3 }, null);

    it('confirms what was added to the time before, within its tolerance', async () => {
      for (const [durationMs, expected] of [
        [203, 'confirmed'],
        [353, 'confirmed'],
        [153, 'confirmed'],
        [152, 'mismatch'],
        [354, 'mismatch'],
      ] as const) {
        const [probe] = await measure({ ...ANSWERED, durationMs }, await beforehand());
        assert.equal(probe?.status, expected, `${durationMs}`);
        assert.deepEqual(probe?.measured, { value: durationMs, unit: 'ms' });
      }
    });

    it('says what was measured', async () => {
      const [probe] = await measure({ ...ANSWERED, durationMs: 203 }, await beforehand());
      assert.equal(probe?.expectation, 'a request takes 200 ms longer than before (150 to 350 ms)');
      assert.equal(probe?.observed, '203.0 ms (median of 5), 200.0 ms longer than before; the quickest 203.0 ms');
    });

    it('takes what a busy machine adds to most requests for what it is', async () => {
      const durations = [500, 600, 203, 700, 800];
      const probe = async () => ({ atMs: 0, ...ANSWERED, durationMs: durations.shift()! }) as EdgeProbe;
      const look = { expected: 'injected', baseline: await beforehand() } as const;
      const [attested] = await attestDelay({ probeEdge: probe }, ['a->b:http'], look, delay);
      assert.equal(attested?.status, 'confirmed');
      assert.deepEqual(attested.measured, { value: 600, unit: 'ms' });
    });

    it('proves nothing without a measurement before, and none without an answer', async () => {
      assert.equal((await measure({ ...ANSWERED, durationMs: 203 }, []))[0]?.status, 'unproven');
      assert.equal((await measure(SILENT, await beforehand()))[0]?.status, 'mismatch');
    });

    it('finds the fault gone when requests are nearly as quick as before', async () => {
      const look = { expected: 'absent', baseline: await beforehand() } as const;
      for (const [durationMs, expected] of [
        [20, 'confirmed'],
        [203, 'mismatch'],
      ] as const) {
        const [probe] = await attestDelay(finding({ ...ANSWERED, durationMs }), ['a->b:http'], look, delay);
        assert.equal(probe?.status, expected);
      }
    });
  });
});
