import type Docker from 'dockerode';
import { EXIT_USAGE, Problem } from '../../../base/errors.ts';
import { engineStatus } from '../engine.ts';
import { pullImage } from './pull.ts';

/**
 * Makes sure that an image which is not ours is in the engine: pulls it when it is not.
 * @throws Problem `image-missing` (exit code 4).
 */
export async function ensureForeignImage(
  engine: Docker,
  name: string,
  { onProgress, signal }: { onProgress: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  try {
    await engine.getImage(name).inspect();
    return;
  } catch (thrown) {
    if (engineStatus(thrown) !== 404) throw notThere(name, thrown);
  }
  onProgress(`Pulling ${name}`);
  try {
    await pullImage(engine, /:[^/]+$/.test(name) ? name : `${name}:latest`, { signal });
  } catch (thrown) {
    signal.throwIfAborted();
    throw notThere(name, thrown);
  }
}

function notThere(name: string, cause: unknown): Problem {
  return new Problem(`The image ${name} of a Toxiproxy server is not in the engine and could not be pulled`, {
    code: 'image-missing',
    hint: 'With "--runtime docker" --toxiproxy takes an image, as ghcr.io/shopify/toxiproxy:2.12.0; load it, or leave the option out.',
    exitCode: EXIT_USAGE,
    cause,
  });
}
