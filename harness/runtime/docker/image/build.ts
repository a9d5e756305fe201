import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { messageOf, Problem } from '../../../base/errors.ts';
import { type EngineEvent, engineEvents } from './engine-events.ts';

export interface BuildOptions {
  /** The build context as a tar stream; it is destroyed at the end. */
  readonly context: Readable;
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

const OUTPUT_LINES_SHOWN = 20;
/** What the engine notes about itself between the lines of the commands. */
const BOOKKEEPING = /^(\s*--->|Removing intermediate container)/;
const STEP_CHARACTERS_MAX = 90;

/**
 * Builds an image with the engine's first builder, which every engine has and which needs no session with the client.
 * An abort ends the build in the engine as well, and its container is removed.
 * @throws Problem `no-space` or `image-build-failed`, with the last lines of the build.
 */
export async function buildImage(engine: Docker, options: BuildOptions): Promise<void> {
  const { context, tag, labels, onProgress, signal } = options;
  const reading = new AbortController();
  context.once('error', (error) => reading.abort(error));
  const stopped = AbortSignal.any([signal, reading.signal]);
  const output: string[] = [];
  try {
    const answer = await engine.buildImage(context, {
      t: tag,
      labels,
      rm: true,
      forcerm: true,
      version: '1',
      abortSignal: stopped,
    });
    for await (const event of engineEvents(answer, stopped)) follow(event, output, onProgress);
  } catch (thrown) {
    stopped.throwIfAborted();
    throw failedBuild(tag, thrown, output);
  } finally {
    context.destroy();
  }
}

function follow(event: EngineEvent, output: string[], onProgress: (line: string) => void): void {
  if (event.error !== undefined) throw new Error(event.error);
  const lines = (event.stream ?? '').split(/[\r\n]+/).filter((line) => line.trim() !== '' && !BOOKKEEPING.test(line));
  for (const line of lines) {
    const step = /^Step (\d+)\/(\d+) : (.*)/.exec(line);
    if (step !== null) onProgress(shortened(`Step ${step[1]} of ${step[2]}: ${step[3]}`.replaceAll(/\s+/g, ' ')));
  }
  output.push(...lines);
  output.splice(0, Math.max(0, output.length - OUTPUT_LINES_SHOWN));
}

function failedBuild(tag: string, thrown: unknown, output: readonly string[]): Problem {
  const lines = output.map((line) => `\n  ${line.trimEnd()}`).join('');
  const reason = shortened(messageOf(thrown).replaceAll(/\s+/g, ' '), 300);
  const full = [reason, ...output].some((line) => /no space left on device/i.test(line));
  return new Problem(`The image ${tag} could not be built: ${reason}${lines}`, {
    code: full ? 'no-space' : 'image-build-failed',
    hint: full
      ? 'The disk of the container engine is full: "docker system df" tells what fills it, "docker system prune" removes what is unused. The image needs about 1.5 GB while it is built.'
      : 'When a download failed, containers of this engine probably cannot reach the network.',
    cause: thrown,
  });
}

function shortened(line: string, characters = STEP_CHARACTERS_MAX): string {
  return line.length <= characters ? line : `${line.slice(0, characters - 3)}...`;
}
