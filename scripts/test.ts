/**
 * `npm test` and its parts: node scripts/test.ts all|unit|integration|e2e [options of mocha].
 *
 * Unit and integration tests mostly wait, so two files run at a time. An end-to-end test fills the machine: one at a time.
 * Everything is run, whatever has failed before. When a signal ends the tests, what they had started is removed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const UNIT = [
  'harness/**/!(*.integration).test.ts',
  'targets/**/!(*.integration).test.ts',
  'experiments/**/*.test.ts',
  'scripts/**/*.test.ts',
  'test/matrix/**/*.test.ts',
];
/** Those of the targets take longest: begun first, they are not what everything waits for at the end. */
const INTEGRATION = ['targets/**/*.integration.test.ts', 'harness/**/*.integration.test.ts'];
const E2E = ['test/e2e/**/*.test.ts'];
/** As many as the smallest machine that we test on has cores: more would only make the leases of one file late. */
const PARALLEL = ['--parallel', '--jobs', '2'];

const PARTS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  all: [[...PARALLEL, ...INTEGRATION, ...UNIT], E2E],
  unit: [[...PARALLEL, ...UNIT]],
  integration: [[...PARALLEL, ...INTEGRATION]],
  e2e: [E2E],
};

/** Tests start hundreds of processes: with what Node compiled the last time each takes half the processor. */
const COMPILED = fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url));

/** Removes what dead runs have left behind, and touches no others. */
const UNDO = [fileURLToPath(new URL('../harness/cli/start.mjs', import.meta.url)), 'undo'];

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const [name = '', ...options] = process.argv.slice(2);
const runs = PARTS[name];
if (runs === undefined) throw new Error(`Expected one of ${Object.keys(PARTS).join(', ')}, got "${name}"`);
let failed = false;
for (const run of runs) failed = !(await mocha([...run, ...options])) || failed;
process.exitCode = failed ? 1 : 0;

async function mocha(words: readonly string[]): Promise<boolean> {
  const child = start('mocha', words);
  let interrupted = false;
  // The terminal's Ctrl-C reaches mocha by itself; what is sent to this process alone is passed on.
  const stop = (signal: NodeJS.Signals) => {
    interrupted = true;
    if (signal !== 'SIGINT') child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const passed = await success(child);
  if (interrupted) {
    await success(start(process.execPath, UNDO));
    process.exit(1);
  }
  for (const signal of SIGNALS) process.off(signal, stop);
  return passed;
}

function start(program: string, words: readonly string[]): ChildProcess {
  return spawn(program, words, { stdio: 'inherit', env: { NODE_COMPILE_CACHE: COMPILED, ...process.env } });
}

async function success(child: ChildProcess): Promise<boolean> {
  const ended = Promise.withResolvers<boolean>();
  child.once('error', ended.reject);
  child.once('exit', (code) => ended.resolve(code === 0));
  return await ended.promise;
}
