import { connectEngine } from '../runtime/docker/engine.ts';
import { BASE_IMAGE, ensureBaseImage } from '../runtime/docker/image/base-image.ts';
import { engineArchitecture } from '../runtime/docker/image/engine-platform.ts';
import { untilInterrupted } from './interruption.ts';
import { print } from './print.ts';

const ENDINGS = { present: 'is here already', pulled: 'was pulled', made: "was made from Debian's packages" };

/** `base-image`: gets or makes the image that every container image of ours builds on. */
export async function baseImageCommand(): Promise<number> {
  const { signal } = untilInterrupted();
  const { api: engine } = await connectEngine();
  const architecture = await engineArchitecture(engine);
  const ending = await ensureBaseImage(engine, { architecture, onProgress: print, signal });
  print(`${BASE_IMAGE} ${ENDINGS[ending]}.`);
  return 0;
}
