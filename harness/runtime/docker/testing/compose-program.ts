import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PROGRAMS = [['docker', 'compose'], ['docker-compose']] as const;
/** What a failing command has said is shown from here on. */
const SHOWN_CHARACTERS = 4000;

/** A Compose program of this machine, for one project: `docker compose` or `docker-compose`. */
export interface ComposeProgram {
  readonly version: string;
  /** Runs one of its commands to the end and gives what it prints; an error has the end of what it said. */
  run(...command: string[]): Promise<string>;
}

/** Compose for an integration test; where there is none, the tests of the suite are skipped and say why. */
export async function composeOrSkip(
  context: Mocha.Context,
  { file, project }: { file: string; project: string },
): Promise<ComposeProgram> {
  const compose = await findCompose({ file, project });
  if (compose !== null) return compose;
  console.warn('      Skipped, because neither "docker compose" nor "docker-compose" is installed');
  return context.skip();
}

/** Null where there is none. */
export async function findCompose({
  file,
  project,
}: {
  file: string;
  project: string;
}): Promise<ComposeProgram | null> {
  for (const [program, ...options] of PROGRAMS) {
    try {
      const { stdout } = await run(program, [...options, 'version', '--short']);
      return composeProgram([program, ...options, '--file', file, '--project-name', project], stdout.trim());
    } catch {
      // The next one may be there.
    }
  }
  return null;
}

function composeProgram([program = '', ...options]: readonly string[], version: string): ComposeProgram {
  return {
    version,
    run: async (...command) => {
      try {
        return (await run(program, [...options, ...command])).stdout;
      } catch (thrown) {
        const { stderr = '' } = thrown as { stderr?: string };
        throw new Error(`${program} ${command.join(' ')} failed: ${stderr.slice(-SHOWN_CHARACTERS)}`, {
          cause: thrown,
        });
      }
    },
  };
}
