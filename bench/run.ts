import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import dcOutage from '../experiments/dc-outage.ts';
import { systemClock } from '../harness/base/clock.ts';
import type { Phase } from '../harness/model/phase.ts';
import { runExperiment } from '../harness/run/experiment.ts';
import type { RunObserver } from '../harness/run/observer.ts';
import { planRun } from '../harness/run/plan.ts';
import { chooseDriver } from '../harness/runtime/drivers.ts';
import { SILENT } from './silent.ts';
import { summarize } from './statistics.ts';

/** What a run costs beside its load phases, which have lengths of their own. */
const OVERHEAD: readonly Phase[] = ['bring-up', 'canary', 'tear-down', 'checks', 'report'];
const SHORT = ['warmUp=3', 'steady=10', 'hold=20', 'recovery=5'];

/** `npm run bench run [ROUNDS] [RUNTIME]`: whole runs of dc-outage with short phases: time of every other phase, generator lag, memory of the harness. */
export async function bench([count = '3', runtime = 'process']: string[]): Promise<void> {
  const driver = await chooseDriver(runtime);
  const seconds = new Map<string, number[]>();
  const note = (name: string, value: number) => seconds.set(name, [...(seconds.get(name) ?? []), value]);
  const lagMs: number[] = [];
  const memoryMebibytes: number[] = [];
  for (let round = 0; round < Number(count); round += 1) {
    const reports = await mkdtemp(join(tmpdir(), 'faultline-bench-'));
    try {
      const times = phaseTimes();
      const { record, judgement } = await runExperiment({
        plan: planRun(dcOutage, { set: SHORT }),
        driver,
        toxiproxy: undefined,
        reports,
        reproduce: 'npm run bench run',
        observer: times.observer,
        signal: new AbortController().signal,
        clock: systemClock,
      });
      for (const phase of OVERHEAD) note(phase, times.seconds(phase));
      note(
        'together',
        OVERHEAD.reduce((sum, phase) => sum + times.seconds(phase), 0),
      );
      const { generator, toxiproxy, receiver, runner } = record.manifest.harness;
      lagMs.push(generator?.lagP99Ms ?? Number.NaN);
      const parts = [generator, toxiproxy, receiver, runner].map((part) => part?.peakMemoryBytes ?? Number.NaN);
      memoryMebibytes.push(parts.reduce((sum, bytes) => sum + bytes, 0) / 1024 ** 2);
      process.stdout.write(`round ${round + 1}: ${judgement.verdict}\n`);
    } finally {
      await rm(reports, { recursive: true, force: true });
    }
  }
  process.stdout.write('\n');
  for (const [name, values] of seconds) process.stdout.write(`${name.padEnd(14)} ${summarize(values, 's')}\n`);
  process.stdout.write(`generator lag  ${summarize(lagMs, 'ms')}, 99th percentile\n`);
  process.stdout.write(`harness memory ${summarize(memoryMebibytes, 'MiB')}, peak of its four processes together\n`);
}

function phaseTimes(): { observer: RunObserver; seconds(phase: Phase): number } {
  const started = new Map<Phase, number>();
  const lasted = new Map<Phase, number>();
  return {
    observer: {
      ...SILENT,
      phaseStarted: (phase) => void started.set(phase, performance.now()),
      phaseEnded: (phase) => void lasted.set(phase, (performance.now() - (started.get(phase) ?? 0)) / 1000),
    },
    seconds: (phase) => lasted.get(phase) ?? Number.NaN,
  };
}
