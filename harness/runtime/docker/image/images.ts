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

/** Removes every image of this name but the one with the tag. One that a container uses stays, to be removed later. */
export async function removeOlderImages(engine: Docker, name: string, tag: string): Promise<void> {
  const images = await engine.listImages({ filters: { label: [`${IMAGE_LABEL}=${name}`] } });
  const ours = images.flatMap(({ Id, RepoTags }) => {
    const tags = (RepoTags ?? []).filter((other) => other !== '<none>:<none>');
    return tags.length === 0
      ? [Id]
      : tags.filter((other) => other !== tag && repositoryOf(other) === repositoryOf(tag));
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
function repositoryOf(tag: string): string {
  return tag.slice(0, tag.lastIndexOf(':')).replace(/^localhost\//, '');
}

function statusOf(thrown: unknown): number | undefined {
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}
