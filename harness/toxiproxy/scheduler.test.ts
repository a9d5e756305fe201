import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { systemScheduler } from './scheduler.ts';
import { quiet } from './testing/quiet.ts';

describe('the alarms of the system', function () {
  this.timeout(30_000);

  it('never ring early, down to fractions of a millisecond', async () => {
    const early: number[] = [];
    const alarms = Array.from({ length: 200 }, (_, index) => {
      const atMs = systemScheduler.nowMs() + index * 0.13;
      return new Promise<void>((resolve) => {
        const ring = () => {
          if (systemScheduler.nowMs() < atMs) early.push(atMs);
          resolve();
        };
        systemScheduler.alarm(ring).set(atMs);
      });
    });
    await Promise.all(alarms);
    assert.deepEqual(early, []);
  });

  it('ring once, at the time that was set last, and not after they were cleared', async () => {
    const rung: string[] = [];
    const moved = systemScheduler.alarm(() => rung.push('moved'));
    const cleared = systemScheduler.alarm(() => rung.push('cleared'));
    moved.set(systemScheduler.nowMs() + 1);
    moved.set(systemScheduler.nowMs() + 5);
    cleared.set(systemScheduler.nowMs() + 1);
    cleared.clear();
    await quiet();
    assert.deepEqual(rung, ['moved']);
  });

  it('wait longer than one timer of the system can', async () => {
    let rang = false;
    const alarm = systemScheduler.alarm(() => {
      rang = true;
    });
    alarm.set(systemScheduler.nowMs() + 2 ** 33);
    await quiet();
    assert.equal(rang, false);
    alarm.clear();
  });
});
