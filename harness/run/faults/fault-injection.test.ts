import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type Clock, systemClock } from '../../base/clock.ts';
import type { Fault, FaultContext, ScheduledFault } from '../../model/fault.ts';
import type { RunPlan } from '../plan.ts';
import { FaultInjection } from './fault-injection.ts';

const LOST = new Error('stop');

/** A fault that notes what is done with it; its injection lasts until `injecting` resolves. */
function noting(
  notes: string[],
  name: string,
  inject: (context: FaultContext) => Promise<void> = async () => undefined,
) {
  const note = async (what: string) => {
    notes.push(`${what} ${name}`);
    return [];
  };
  const fault: Partial<Fault> = {
    kind: name,
    title: name,
    parameters: {},
    async inject(context) {
      await inject(context);
      return await note('injected');
    },
    undo: () => note('undone'),
    attest: async () => [],
  };
  return fault as Fault;
}

function injectionOf(faults: readonly ScheduledFault[], clock: Clock = systemClock): FaultInjection {
  const scope = { nodes: [], edges: [] };
  const plan = { faults: faults.map((planned) => ({ ...planned, scope })) } as unknown as RunPlan;
  const target = {
    network: { forFault: () => ({ lapsed: [] }), testimony: () => null },
    bypasses: async () => [],
  } as never;
  const journal = { write: () => undefined, note: () => undefined, problem: undefined, close: () => undefined };
  const load = { forFault: () => ({ change: async () => undefined }) } as never;
  return new FaultInjection({ plan, target, clock, journal, load, measures: {} as never });
}

/** Without a probe a proof of the undo is tried for long: time goes by at once. */
function hurriedClock(): Clock {
  let nowMs = 0;
  return {
    now: () => nowMs,
    async sleep(durationMs, signal) {
      signal?.throwIfAborted();
      nowMs += Math.max(0, durationMs);
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
  };
}

describe('the faults of a run', () => {
  it('come one after the other, and are taken back newest first', async () => {
    const notes: string[] = [];
    const planned = ['a', 'b'].map((name) => ({ fault: noting(notes, name), startMs: 0, durationMs: null }));
    const faults = injectionOf(planned, hurriedClock());
    await faults.begin(new AbortController().signal);
    await faults.undo();
    assert.deepEqual(notes, ['injected a', 'injected b', 'undone b', 'undone a']);
  });

  it('come and go at their time', async () => {
    const notes: string[] = [];
    const clock = hurriedClock();
    const faults = injectionOf([{ fault: noting(notes, 'a'), startMs: 5000, durationMs: 2000 }], clock);
    await faults.begin(new AbortController().signal);
    assert.deepEqual(notes, []);
    await faults.follow(new AbortController().signal);
    assert.deepEqual(notes, ['injected a', 'undone a']);
    await faults.undo();
    assert.deepEqual(notes, ['injected a', 'undone a']);
  });

  it('are given up at once when the run is to end: the next does not come, and an undo waits for what is under way', async () => {
    const notes: string[] = [];
    const stop = new AbortController();
    const slow = noting(notes, 'a', ({ background }) => {
      // Ends when it is taken back, as a fault does that is being adjusted.
      return new Promise((resolve) =>
        background(async (signal) => signal.addEventListener('abort', () => resolve(), { once: true })),
      );
    });
    const faults = injectionOf(
      [
        { fault: slow, startMs: 0, durationMs: null },
        { fault: noting(notes, 'b'), startMs: 0, durationMs: null },
      ],
      hurriedClock(),
    );
    const begun = faults.begin(stop.signal);
    stop.abort(LOST);
    await assert.rejects(begun, LOST);
    assert.deepEqual(notes, []);
    await faults.undo();
    assert.deepEqual(notes, ['injected a', 'undone a']);
  });
});
