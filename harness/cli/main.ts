import { Command, CommanderError } from 'commander';
import { EXIT_FAILED, EXIT_USAGE, messageOf, Problem } from '../base/errors.ts';
import { baseImageCommand } from './base-image-command.ts';
import { composeCommand } from './compose-command.ts';
import { type ExperimentFlags, experimentCommand } from './experiment-command.ts';
import { faultsCommand } from './faults-command.ts';
import { imageCommand } from './image-command.ts';
import { nodeCommand } from './node-command.ts';
import { recheckCommand, reportCommand } from './run-commands.ts';
import { downCommand, type UpFlags, undoCommand, upCommand } from './target-commands.ts';

const collect = (value: string, previous: string[]): string[] => [...previous, value];

const program = new Command('faultline')
  .description('Breaks a real multi-tier system on purpose and proves what happened.')
  .exitOverride()
  .showSuggestionAfterError();

program
  .command('experiment')
  .argument('[name]')
  .helpOption(false)
  .option('--target <name>')
  .option('--set <key=value>', 'change a parameter', collect, [])
  .option('--seed <number>')
  .option('--runtime <name>')
  .option('--toxiproxy <where>')
  .option('--rate <operations-per-second>')
  .option('--users <per-region>')
  .option('--out <folder>', 'where runs are recorded', 'reports')
  .option('--keep')
  .option('--mutant <name>')
  .option('--list')
  .option('--dry-run')
  .option('--stop <condition>', 'when to end at once', collect, [])
  .option('-h, --help')
  .action(async (name: string | undefined, flags: ExperimentFlags) => {
    process.exitCode = await experimentCommand(name, flags);
  });

program
  .command('faults')
  .description('list the kinds of faults, or tell all of one')
  .argument('[kind]')
  .action((kind: string | undefined) => {
    process.exitCode = faultsCommand(kind);
  });

program
  .command('up')
  .description('bring a target up and leave it up until Ctrl-C')
  .option('--target <name>', 'which target', 'stage-7')
  .option('--set <key=value>', 'change a parameter of the target', collect, [])
  .option('--runtime <name>', 'as processes or as containers')
  .option('--toxiproxy <where>', 'a Toxiproxy server of your own: its address, or an image for containers')
  .option('--mutant <name>', 'break it on purpose')
  .action(async (flags: UpFlags) => {
    process.exitCode = await upCommand(flags);
  });

program
  .command('down')
  .description('take down every target that `up` brought up')
  .argument('[run]', 'or just this run, whatever started it')
  .action(async (run: string | undefined) => {
    process.exitCode = await downCommand(run);
  });

program
  .command('node')
  .description('start or stop a node of a running target that starts on request, or list those there are')
  .argument('[action]', 'start or stop')
  .argument('[node]', 'web-3.us-west')
  .option('--run <run>', 'of this run; needed where several targets are up')
  .action(async (action: string | undefined, node: string | undefined, { run }: { run?: string }) => {
    process.exitCode = await nodeCommand({ action, node, run });
  });

program
  .command('undo')
  .description('remove whatever dead runs left behind')
  .action(async () => {
    process.exitCode = await undoCommand();
  });

program
  .command('recheck')
  .description('judge a recorded run again')
  .argument('<run>', 'a run id, a folder, or latest')
  .option('--out <folder>', 'where runs are recorded', 'reports')
  .action(async (run: string, { out }: { out: string }) => {
    process.exitCode = await recheckCommand(run, out);
  });

program
  .command('report')
  .description('write the report of a recorded run again')
  .argument('<run>', 'a run id, a folder, or latest')
  .option('--out <folder>', 'where runs are recorded', 'reports')
  .action(async (run: string, { out }: { out: string }) => {
    process.exitCode = await reportCommand(run, out);
  });

program
  .command('base-image')
  .description('pull, or make, the image that the container image builds on')
  .action(async () => {
    process.exitCode = await baseImageCommand();
  });

program
  .command('image')
  .description('build the container image of the reference target, when something in it changed')
  .action(async () => {
    process.exitCode = await imageCommand();
  });

program
  .command('compose')
  .description('write docker-compose.yml, and the files that it mounts, from the topology of the reference target')
  .action(async () => {
    process.exitCode = await composeCommand();
  });

try {
  await program.parseAsync();
} catch (thrown) {
  process.exitCode = explain(thrown);
}
// Whatever still holds the event loop now is of no use to anyone; everything that was started has been stopped.
process.exit(process.exitCode ?? 0);

/** Says what went wrong, for a person, and gives the exit code. */
function explain(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : EXIT_USAGE;
  if (thrown instanceof Problem) {
    process.stderr.write(`\n${thrown.message}\n${thrown.hint === undefined ? '' : `\n${thrown.hint}\n`}`);
    return thrown.exitCode;
  }
  process.stderr.write(
    `\n${thrown instanceof Error && thrown.stack !== undefined ? thrown.stack : messageOf(thrown)}\n`,
  );
  return EXIT_FAILED;
}
