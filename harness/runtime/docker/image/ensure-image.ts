import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type Docker from 'dockerode';
import { IMAGE_LABEL, type ImageDefinition } from '../../../model/image.ts';
import { ensureBaseImage } from './base-image.ts';
import { buildImage } from './build.ts';
import { buildContext } from './build-context.ts';
import { contentHash, type ImageContent, readContent } from './content.ts';
import { engineArchitecture } from './engine-platform.ts';
import { imageExists, removeOlderImages, tagAsLatest } from './images.ts';
import { linuxNode } from './node-binary.ts';

export interface ImageOptions {
  /** Short lines for a person: what is being done, and each step of the build. */
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface EnsuredImage {
  /** `faultline/photo-sharing:<hash>`. */
  readonly tag: string;
  /** False when the engine had it. */
  readonly built: boolean;
}

/**
 * Sees to it that the engine has the image of exactly this content, also under the name of `latestTag`, and builds it
 * when it has not; older ones of the same name are then removed, unless a container uses them.
 * @throws Problem `image-build-failed`, `no-space`, `no-base-image`, `node-not-fetched`, `unsupported-engine`,
 *   `package-not-locked`, `native-package`; and whatever the signal was aborted with.
 */
export async function ensureImage(
  engine: Docker,
  image: ImageDefinition,
  { onProgress = () => undefined, signal = new AbortController().signal }: ImageOptions = {},
): Promise<EnsuredImage> {
  signal.throwIfAborted();
  const content = await readContent(image, await engineArchitecture(engine));
  const tag = `faultline/${image.name}:${contentHash(content)}`;
  if (await imageExists(engine, tag)) {
    await tagAsLatest(engine, image.name, tag);
    return { tag, built: false };
  }
  onProgress(`Building the image ${tag}`);
  await ensureBaseImage(engine, { architecture: content.architecture, onProgress, signal });
  const nodeBinary = await nodeFor(image, content, { onProgress, signal });
  const context = buildContext(content, { projectFolder: image.projectFolder, nodeBinary });
  await buildImage(engine, { context, tag, labels: { [IMAGE_LABEL]: image.name }, onProgress, signal });
  // First the new name, or the older image would still have one and stay.
  await tagAsLatest(engine, image.name, tag);
  await removeOlderImages(engine, image.name, tag);
  onProgress('Waiting for the disk to have it');
  await diskCaughtUp(signal);
  return { tag, built: true };
}

/**
 * A build leaves hundreds of megabytes that the kernel has yet to write. In a target that starts meanwhile, databases and
 * coordinators wait seconds for small writes of their own, and lose leases over it.
 */
async function diskCaughtUp(signal: AbortSignal): Promise<void> {
  // Where the program is missing, or the engine's disk is another machine's, there is nothing to wait for.
  await promisify(execFile)('sync', { signal }).catch(() => signal.throwIfAborted());
}

async function nodeFor(
  { projectFolder }: ImageDefinition,
  { nodeVersion, architecture }: ImageContent,
  options: Required<ImageOptions>,
): Promise<string | null> {
  if (nodeVersion === null) return null;
  return linuxNode({ projectFolder, version: nodeVersion, architecture, ...options });
}
