import type Docker from 'dockerode';
import { IMAGE_LABEL } from '../../../model/image.ts';

export async function imageExists(engine: Docker, reference: string): Promise<boolean> {
  try {
    await engine.getImage(reference).inspect();
    return true;
  } catch (thrown) {
    if (statusOf(thrown) === 404) return false;
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

/** Removes every image of this name but the one with the tag. One that a container uses stays, to be removed later. */
export async function removeOlderImages(engine: Docker, name: string, tag: string): Promise<void> {
  const images = await engine.listImages({ filters: { label: [`${IMAGE_LABEL}=${name}`] } });
  const stay = [tag, latestTag(name)];
  const ours = images.flatMap(({ Id, RepoTags }) => {
    const tags = (RepoTags ?? []).filter((other) => other !== '<none>:<none>').map(withoutHost);
    return tags.length === 0
      ? [Id]
      : tags.filter((other) => !stay.includes(other) && repositoryOf(other) === repositoryOf(tag));
  });
  for (const reference of ours) await removeUnlessUsed(engine, reference);
}

async function removeUnlessUsed(engine: Docker, reference: string): Promise<void> {
  try {
    await engine.getImage(reference).remove();
  } catch (thrown) {
    // 409: in use. 404: somebody else was quicker.
    if (![404, 409].includes(statusOf(thrown) ?? 0)) throw thrown;
  }
}

/** Podman puts `localhost/` before the names of images that were built here. */
function withoutHost(tag: string): string {
  return tag.replace(/^localhost\//, '');
}

function repositoryOf(tag: string): string {
  return tag.slice(0, tag.lastIndexOf(':'));
}

function statusOf(thrown: unknown): number | undefined {
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}
