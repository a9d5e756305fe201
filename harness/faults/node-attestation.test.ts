import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { FaultContext, Look } from '../model/fault.ts';
import type { NodeStatus } from '../model/running-target.ts';
import { attestComingAndGoing, attestNodes, attestRestarted } from './node-attestation.ts';

const running = (startedAtMs: number): NodeStatus => ({ state: 'running', processes: 1, startedAtMs });
const GONE: NodeStatus = { state: 'exited', processes: 0, startedAtMs: null };
const PAUSED: NodeStatus = { ...running(0), state: 'paused' };

/** A context whose looks find these one after the other, and then the last again and again; time passes by sleeping. */
function finding(...found: NodeStatus[]): FaultContext {
  let nowMs = 0;
  const clock = {
    now: () => nowMs,
    sleep: async (durationMs: number) => {
      nowMs += durationMs;
    },
  };
  const status = async () => (found.length > 1 ? found.shift()! : found[0]!);
  return { clock, target: { status } } as unknown as FaultContext;
}

async function statusOf(node: NodeStatus, expected: 'gone' | 'running' | 'paused') {
  return (await attestNodes(finding(node), ['a'], expected))[0]?.status;
}

describe('attestation of nodes', () => {
  it('confirms a dead node only when no process of it is left', async () => {
    assert.equal(await statusOf(GONE, 'gone'), 'confirmed');
    assert.equal(await statusOf({ ...GONE, processes: 2 }, 'gone'), 'mismatch');
    assert.equal(await statusOf(running(0), 'gone'), 'mismatch');
  });

  it('does not take a paused node for a running one', async () => {
    assert.equal(await statusOf(running(0), 'running'), 'confirmed');
    assert.equal(await statusOf(PAUSED, 'running'), 'mismatch');
    assert.equal(await statusOf(PAUSED, 'paused'), 'confirmed');
    assert.equal(await statusOf(running(0), 'paused'), 'mismatch');
  });

  describe('that were restarted', () => {
    const beforehand = () => attestRestarted(finding(running(1000)), ['a'], { expected: 'absent', baseline: [] });
    const look = async (node: NodeStatus, given: Partial<Look> = {}) => {
      const baseline = await beforehand();
      return (await attestRestarted(finding(node), ['a'], { expected: 'injected', baseline, ...given }))[0];
    };

    it('confirms only what runs, and runs in another life than before', async () => {
      assert.equal((await look(running(2000)))?.status, 'confirmed');
      assert.equal((await look(running(1000)))?.status, 'mismatch');
      assert.equal((await look(GONE))?.status, 'mismatch');
    });

    it('says since when it runs, and ran', async () => {
      const probe = await look(running(2000));
      assert.equal(probe?.expectation, 'the node runs, but no longer since 00:00:01.000');
      assert.equal(probe?.observed, 'running, 1 process, started at 00:00:02.000');
    });

    it('proves nothing when nobody looked before', async () => {
      assert.equal((await look(running(2000), { baseline: [] }))?.status, 'unproven');
    });

    it('finds nothing to take back but a node that does not run', async () => {
      assert.equal((await look(running(2000), { expected: 'absent' }))?.status, 'confirmed');
      assert.equal((await look(GONE, { expected: 'absent' }))?.status, 'mismatch');
    });
  });

  describe('that come and go', () => {
    const look = async (...found: NodeStatus[]) => (await attestComingAndGoing(finding(...found), ['a'], 1000))[0];

    it('confirms two lives, or a life and its end', async () => {
      assert.equal((await look(running(1000), running(1000), running(2000)))?.status, 'confirmed');
      assert.equal((await look(running(1000), GONE))?.status, 'confirmed');
      assert.equal((await look(GONE, running(1000)))?.status, 'confirmed');
    });

    it('does not confirm one life, nor one death, and looked for two periods at least', async () => {
      for (const found of [running(1000), GONE]) {
        const probe = await look(found);
        assert.equal(probe?.status, 'mismatch');
        assert.ok(probe.durationMs >= 2000, `${probe.durationMs}`);
      }
    });

    it('says what it saw', async () => {
      const probe = await look(running(1000), GONE);
      assert.equal(probe?.observed, 'started at 00:00:01.000, then gone');
    });
  });
});
