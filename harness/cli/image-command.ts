import { stage7 } from '../../targets/photo-sharing/index.ts';
import { connectEngine } from '../runtime/docker/engine.ts';
import { ensureImage } from '../runtime/docker/image/ensure-image.ts';
import { latestTag } from '../runtime/docker/image/images.ts';
import { untilInterrupted } from './interruption.ts';
import { print } from './print.ts';

/** `image`: builds the image of the reference target, which the Compose file asks for by its name `latest`. */
export async function imageCommand(): Promise<number> {
  const { signal } = untilInterrupted();
  const { api: engine } = await connectEngine();
  const { image } = stage7;
  const { tag, built } = await ensureImage(engine, image, { onProgress: print, signal });
  print(`${tag} ${built ? 'was built' : 'is here already'}; it is ${latestTag(image.name)} as well.`);
  return 0;
}
