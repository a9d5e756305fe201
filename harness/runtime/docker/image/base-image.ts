import type Docker from 'dockerode';
import { messageOf, Problem } from '../../../base/errors.ts';
import { imageExists } from './images.ts';
import { type BaseImageOptions, importBaseImage, whyNotMadeHere } from './make-base-image.ts';
import { pullImage } from './pull.ts';

/** What every Dockerfile of ours builds on. */
export const BASE_IMAGE = 'debian:bookworm-slim';

/**
 * Sees to it that the engine has the base image: present, pulled where a registry answers, or made here from Debian's
 * packages.
 * @throws Problem `no-base-image` with the next step.
 */
export async function ensureBaseImage(
  engine: Docker,
  options: BaseImageOptions,
): Promise<'present' | 'pulled' | 'made'> {
  const { architecture, onProgress, signal } = options;
  if (await imageExists(engine, BASE_IMAGE)) return 'present';
  onProgress(`Pulling ${BASE_IMAGE}`);
  try {
    await pullImage(engine, BASE_IMAGE, { signal });
    return 'pulled';
  } catch (thrown) {
    signal.throwIfAborted();
    const obstacle = whyNotMadeHere(architecture);
    if (obstacle !== undefined) throw noBaseImage(thrown, obstacle);
    onProgress(`${messageOf(thrown)}. Making it from Debian's packages instead, which takes about half a minute`);
  }
  await importBaseImage(engine, BASE_IMAGE, options);
  return 'made';
}

function noBaseImage(thrown: unknown, obstacle: string): Problem {
  return new Problem(`The base image is missing: ${messageOf(thrown)}; and it cannot be made here: ${obstacle}`, {
    code: 'no-base-image',
    hint: `Where an image registry answers, "docker pull ${BASE_IMAGE}" gets it. Else run "npm run base-image" as root on Debian or Ubuntu, then "docker save ${BASE_IMAGE}" there and "docker load" here.`,
    cause: thrown,
  });
}
