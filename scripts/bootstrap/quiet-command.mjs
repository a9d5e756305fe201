import { spawn } from 'node:child_process';
import { SetupProblem } from './words.mjs';

const OUTPUT_CHARACTERS_MAX = 1_000_000;
const EXCERPT_LINES = 20;

/**
 * Runs a command and gives an excerpt of what it said. An interruption reaches it as SIGINT, on which npm and a
 * downloading apt stop at once while an unpacking apt finishes first, so that nothing is left half installed; then
 * this rejects. A process group of its own keeps the terminal's Ctrl-C from tearing dpkg down.
 *
 * @param {string} command
 * @param {string[]} options
 * @param {{ cwd?: string, env: NodeJS.ProcessEnv, interruption: AbortSignal }} surroundings
 * @returns {Promise<{ exitCode: number, output: string }>}
 */
export function runQuietly(command, options, { interruption, ...surroundings }) {
  return new Promise((resolve, reject) => {
    if (interruption.aborted) throw interruption.reason;
    const child = spawn(command, options, { ...surroundings, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    const keepEnd = (/** @type {Buffer} */ chunk) => {
      output = `${output}${chunk}`.slice(-OUTPUT_CHARACTERS_MAX);
    };
    const interrupt = () => child.kill('SIGINT');
    interruption.addEventListener('abort', interrupt);
    child.stdout.on('data', keepEnd);
    child.stderr.on('data', keepEnd);
    child.on('error', (error) => {
      reject(new SetupProblem(`${command} could not be started (${error.message}). It must be in the PATH.`));
    });
    child.on('close', (exitCode, signal) => {
      interruption.removeEventListener('abort', interrupt);
      if (interruption.aborted) reject(interruption.reason);
      else
        resolve({
          exitCode: exitCode ?? 1,
          output: excerptOf(signal === null ? output : `${output}\n(ended by ${signal})`),
        });
    });
  });
}

/**
 * The cause stands first in what npm says, and last in what apt says.
 *
 * @param {string} output
 */
function excerptOf(output) {
  const lines = output.trimEnd().split('\n');
  if (lines.length <= 2 * EXCERPT_LINES) return lines.join('\n');
  const left = lines.length - 2 * EXCERPT_LINES;
  return [...lines.slice(0, EXCERPT_LINES), `(${left} lines left out)`, ...lines.slice(-EXCERPT_LINES)].join('\n');
}
