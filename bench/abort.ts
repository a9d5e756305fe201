import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import hostOutage from '../experiments/host-outage.ts';
import { systemClock } from '../harness/base/clock.ts';
import { runExperiment } from '../harness/run/experiment.ts';
import { planRun } from '../harness/run/plan.ts';
import { chooseDriver } from '../harness/runtime/drivers.ts';
import { SILENT } from './silent.ts';
import { quantile, summarize } from './statistics.ts';

const SET = ['warmUp=1', 'steady=2', 'hold=60', 'recovery=1'];
const STOP = ['availability < 0.9 for 0.5 s'];

/**
 * `npm run bench abort [ROUNDS] [RUNTIME]`: how soon a breached stop condition has its effect. The smallest target loses
 * its only host; from the breach to the first action of the undo, and until the fault is proven to be gone.
 */
export async function bench([count = '20', runtime = 'process']: string[]): Promise<void> {
  const driver = await chooseDriver(runtime);
  const begunMs: number[] = [];
  const healedMs: number[] = [];
  for (let round = 0; round < Number(count); round += 1) {
    const reports = await mkdtemp(join(tmpdir(), 'faultline-bench-'));
    try {
      const { record } = await runExperiment({
        plan: planRun(hostOutage, { target: 'stage-1', set: SET, stop: STOP, usersPerRegion: 20 }),
        ...{ driver, toxiproxy: undefined, reports, reproduce: 'npm run bench abort', observer: SILENT },
        signal: new AbortController().signal,
        clock: systemClock,
      });
      const { abort } = record.manifest;
      if (!abort?.undoBegunAtMs || !abort.healedAtMs) throw new Error(`round ${round + 1} was not aborted and healed`);
      begunMs.push(abort.undoBegunAtMs - abort.breachedAtMs);
      healedMs.push(abort.healedAtMs - abort.breachedAtMs);
    } finally {
      await rm(reports, { recursive: true, force: true });
    }
  }
  for (const [what, values] of Object.entries({ 'undo begun': begunMs, healed: healedMs })) {
    const p95 = `95th percentile ${quantile(values, 0.95).toFixed(1)} ms`;
    process.stdout.write(`from breach to ${what.padEnd(10)} ${summarize(values, 'ms')}, ${p95}\n`);
  }
}
