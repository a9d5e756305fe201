import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { lagToleranceMs, nextLatencyMs } from './lag-control.ts';

/** The lags that are measured while the latency is controlled; `lagAt` is what a latency makes of itself. */
function measurements(lagMs: number, lagAt: (latencyMs: number, count: number) => number): number[] {
  const measured: number[] = [];
  for (let latencyMs = 0, count = 0; count < 400; count += 1) {
    measured.push(lagAt(latencyMs, count));
    latencyMs = nextLatencyMs({ latencyMs, measuredMs: measured.at(-1)!, lagMs });
  }
  return measured;
}

describe('the control of a lag', () => {
  for (const lagMs of [500, 5000, 30_000]) {
    it(`reaches ${lagMs} ms and stays there, also where the standby adds to the latency and chance to that`, () => {
      const measured = measurements(lagMs, (latencyMs, count) => latencyMs + 40 + (count % 5) * 30);
      for (const found of measured.slice(-100)) assert.ok(Math.abs(found - lagMs) <= lagToleranceMs(lagMs), `${found}`);
    });
  }

  it('never lets the log fall silent: the latency rises at most half as fast as time passes', () => {
    const measured = measurements(30_000, (latencyMs) => latencyMs);
    for (const [index, found] of measured.slice(1).entries()) assert.ok(found - measured[index]! <= 125);
  });

  it('takes back latency when the lag is more than that', () => {
    assert.equal(nextLatencyMs({ latencyMs: 2000, measuredMs: 9000, lagMs: 2000 }), 1875);
    assert.equal(nextLatencyMs({ latencyMs: 50, measuredMs: 9000, lagMs: 2000 }), 0);
  });

  it('never makes the latency more than the lag', () => {
    assert.equal(nextLatencyMs({ latencyMs: 1990, measuredMs: 0, lagMs: 2000 }), 2000);
  });
});
