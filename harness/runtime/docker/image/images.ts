import type Docker from 'dockerode';
import { IMAGE_LABEL } from '../../../model/image.ts';
import { engineStatus } from '../engine.ts';

export async function imageExists(engine: Docker, reference: string): Promise<boolean> {
  try {
    await engine.getImage(reference).inspect();
    return true;
  } catch (thrown) {
    if (engineStatus(thrown) === 404) return false;
    throw thrown;
  }
}

/** The name that stays the same from build to build, for files that cannot know the content: `faultline/x:latest`. */
export function latestTag(name: string): string {
  return `faultline/${name}:latest`;
}

/** Gives the name of `latestTag` to this image, and takes it from the one that had it. */
export async function tagAsLatest(engine: Docker, name: string, tag: string): Promise<void> {
  const latest = latestTag(name);
  const separator = latest.lastIndexOf(':');
  await engine.getImage(tag).tag({ repo: latest.slice(0, separator), tag: latest.slice(separator + 1) });
}

/**
 * Removes every image of this name but the one with the tag. One that a container uses stays, to be removed later; a
 * tag that somebody else gave an image stays for good.
 */
export async function removeOlderImages(engine: Docker, name: string, tag: string): Promise<void> {
  const images = await engine.listImages({ filters: { label: [`${IMAGE_LABEL}=${name}`] } });
  const ours = images.flatMap(({ Id, RepoTags }) => {
    const tags = (RepoTags ?? []).filter((other) => other !== '<none>:<none>');
    return tags.length === 0 ? [Id] : tags.filter((other) => isOlder(other, tag));
  });
  for (const reference of ours) await removeUnlessUsed(engine, reference);
}

async function removeUnlessUsed(engine: Docker, reference: string): Promise<void> {
  try {
    await engine.getImage(reference).remove();
  } catch (thrown) {
    // 409: in use. 404: somebody else was quicker.
    if (![404, 409].includes(engineStatus(thrown) ?? 0)) throw thrown;
  }
}

function isOlder(other: string, tag: string): boolean {
  // Podman puts this before the names of images that were built here.
  const named = other.replace(/^localhost\//, '');
  return named !== tag && withoutHash(named) === withoutHash(tag);
}

/** `faultline/photo-sharing:`, and the whole of a tag that has no hash. */
function withoutHash(tag: string): string {
  return tag.replace(/:[0-9a-f]+$/, ':');
}
