import { Listr } from 'listr2';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Phase } from '../model/phase.ts';
import type { LoadProgress, RunObserver } from '../run/observer.ts';

/** What each phase is called while it runs. */
const PHASE_TITLES: Readonly<Record<Phase, string>> = {
  preflight: 'Preflight',
  'bring-up': 'Bring-up',
  canary: 'Canary',
  'warm-up': 'Warm-up',
  'steady-state': 'Steady state',
  inject: 'Inject',
  hold: 'Hold',
  undo: 'Undo',
  recovery: 'Recovery',
  drain: 'Drain',
  'tear-down': 'Tear-down',
  checks: 'Checks',
  report: 'Report',
};
const REFRESH_MS = 250;
const BAR_WIDTH = 24;
/** The figures shown are those of the last seconds. */
const RECENT_MESSAGES = 8;

/** Figures of the last two seconds or so, in one line. */
class LoadFigures {
  readonly #recent: LoadProgress[] = [];

  add(progress: LoadProgress): void {
    this.#recent.push(progress);
    if (this.#recent.length > RECENT_MESSAGES) this.#recent.shift();
  }

  line(): string {
    const first = this.#recent[0];
    const last = this.#recent.at(-1);
    if (first === undefined || last === undefined || last === first) return '';
    const completed = this.#recent.slice(1).reduce((sum, { ok, fail, info }) => sum + ok + fail + info, 0);
    const bad = this.#recent.slice(1).reduce((sum, { fail, info }) => sum + fail + info, 0);
    const seconds = (last.atMs - first.atMs) / 1000;
    const errors = completed === 0 ? 0 : (100 * bad) / completed;
    const p99 = last.p99Ms === null ? '-' : `${Math.round(last.p99Ms)} ms`;
    return `${Math.round(completed / seconds)} operations/s, ${errors.toFixed(1)} % errors, p99 ${p99}, ${last.inFlight} in flight`;
  }
}

/** Plain lines for logs and pipes: a line when a phase begins, one when it ends, and one each five seconds between. */
export function plainDisplay(write: (line: string) => void, clock: Clock = systemClock): RunObserver {
  const figures = new LoadFigures();
  const linePauseMs = 5000;
  let phase: Phase = 'preflight';
  let startedAtMs = clock.now();
  let lastLineAtMs = 0;
  const seconds = () => `${((clock.now() - startedAtMs) / 1000).toFixed(1)} s`;
  return {
    runCreated: ({ runId, path }) => write(`Run ${runId}, recorded in ${path}`),
    phaseStarted(started, expectedMs) {
      phase = started;
      startedAtMs = clock.now();
      lastLineAtMs = startedAtMs;
      write(`${PHASE_TITLES[phase]}${expectedMs === null ? '' : ` (${Math.round(expectedMs / 1000)} s)`} ...`);
    },
    phaseEnded: (ended, problem) =>
      write(`${PHASE_TITLES[ended]} ${problem === null ? 'done' : 'FAILED'} after ${seconds()}`),
    nodeReady: (node, ready, total) => write(`  ${ready}/${total} ${node} is ready`),
    load(progress) {
      figures.add(progress);
      if (clock.now() - lastLineAtMs < linePauseMs) return;
      lastLineAtMs = clock.now();
      write(`  ${PHASE_TITLES[phase]}, ${seconds()}: ${figures.line()}`);
    },
    note: (text) => write(`  ${text}`),
  };
}

/** Phases as they happen in a terminal: a bar, and what clients see at this moment. */
export function liveDisplay(write: (line: string) => void, clock: Clock = systemClock): RunObserver {
  const figures = new LoadFigures();
  const notes: string[] = [];
  let endPhase: ((problem: string | null) => void) | undefined;
  let detail = '';
  return {
    runCreated: ({ runId }) => write(`Run ${runId}`),
    phaseStarted(phase, expectedMs) {
      detail = '';
      const startedAtMs = clock.now();
      endPhase = showPhase(PHASE_TITLES[phase], () => {
        const bar = expectedMs === null ? '' : `${progressBar((clock.now() - startedAtMs) / expectedMs)} `;
        return [`${bar}${detail || figures.line()}`, ...notes].join('\n');
      });
    },
    phaseEnded(_phase, problem) {
      endPhase?.(problem);
      endPhase = undefined;
      for (const note of notes.splice(0)) write(`  ${note}`);
    },
    nodeReady(node, ready, total) {
      detail = `${progressBar(ready / total)} ${ready}/${total} nodes, ${node} is ready`;
    },
    load: (progress) => figures.add(progress),
    note: (text) => notes.push(text),
  };
}

/** Draws one phase until the function it gives is called with the problem that ended it, or null. */
function showPhase(title: string, output: () => string): (problem: string | null) => void {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const list = new Listr(
    [
      {
        title,
        task: async (_context, task) => {
          const timer = setInterval(() => {
            task.output = output();
          }, REFRESH_MS);
          await promise.finally(() => clearInterval(timer));
        },
        rendererOptions: { timer: { condition: true, field: (duration) => `${(duration / 1000).toFixed(1)} s` } },
      },
    ],
    { exitOnError: false, registerSignalListeners: false },
  );
  // A drawing that fails must not end the run that it draws.
  list.run().catch(() => undefined);
  return (problem) => (problem === null ? resolve() : reject(new Error(problem)));
}

function progressBar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
}
