import { createInterface } from 'node:readline';
import { EXIT_FAILED, EXIT_USAGE, messageOf, Problem } from '../../base/errors.ts';
import type { GeneratorCommand, GeneratorMessage } from '../../model/workload.ts';
import { LoadGenerator } from './generator.ts';
import { loadClientModel, readPlan } from './plan.ts';

/**
 * The load generator as a process of its own: `main.ts PLAN.json`. Takes GeneratorCommand lines on its standard input,
 * answers with GeneratorMessage lines, notes on its standard error what is merely odd, ends after `stop` (or SIGTERM, which means the same), and at once when its
 * standard input closes: nobody is left to want the load.
 */
const [planFile] = process.argv.slice(2);
if (planFile === undefined) {
  process.stderr.write('expected PLAN.json: the plan of the load (GeneratorPlan in model/workload.ts)\n');
  process.exit(EXIT_USAGE);
}

const generator = await prepare(planFile).catch(fail);
let stopping = false;

createInterface({ input: process.stdin })
  .on('line', (line) => {
    handle(line).catch((thrown: unknown) => say({ message: 'problem', detail: messageOf(thrown) }));
  })
  .on('close', () => {
    if (stopping) return;
    generator.abandon();
    process.exit(0);
  });
process.stdout.on('error', () => {
  generator.abandon();
  process.exit(EXIT_FAILED);
});
process.once('SIGTERM', () => stop().catch(fail));
// The runner decides when a run ends; Ctrl-C reaches the whole terminal group.
process.on('SIGINT', () => undefined);
say({ message: 'ready' });

async function prepare(file: string): Promise<LoadGenerator> {
  const plan = await readPlan(file);
  const model = await loadClientModel(plan.clientModule);
  return new LoadGenerator({
    ...{ plan, model, say },
    note: (text) => process.stderr.write(`${text}\n`),
    onHistoryLost: (thrown) => failHistory(plan.historyFile, thrown),
  });
}

async function handle(line: string): Promise<void> {
  const message = JSON.parse(line) as GeneratorCommand;
  const { command } = message;
  if (command === 'open-sessions') await generator.openSessions();
  else if (command === 'canary') await generator.canary();
  else if (command === 'start') generator.start();
  else if (command === 'change-load') generator.change(message.change);
  else if (command === 'stop') await stop();
  else throw new Error(`unknown command "${command}": expected open-sessions, canary, start, change-load or stop`);
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await generator.stop();
  process.stdout.write('', () => process.exit(0));
}

function say(message: GeneratorMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function failHistory(file: string, thrown: unknown): never {
  const detail = `the history ${file} cannot be written: ${messageOf(thrown)}`;
  say({ message: 'problem', detail });
  return fail(new Problem(detail, { code: 'history-lost' }));
}

function fail(thrown: unknown): never {
  process.stderr.write(`${messageOf(thrown)}\n`);
  process.exit(thrown instanceof Problem ? thrown.exitCode : EXIT_FAILED);
}
