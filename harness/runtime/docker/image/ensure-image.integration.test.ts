import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import type { Problem } from '../../../base/errors.ts';
import { pollUntil } from '../../../base/poll.ts';
import type { ImageDefinition } from '../../../model/image.ts';
import { engineOrSkip } from '../testing/engine.ts';
import { BASE_IMAGE } from './base-image.ts';
import { buildImage } from './build.ts';
import { ensureImage } from './ensure-image.ts';
import { imageExists, latestTag } from './images.ts';

/** Generous: the base image may have to be made first. */
const TIMEOUT_MS = 240_000;

describe('An image of ours in a real engine', function () {
  this.timeout(TIMEOUT_MS);
  const name = `test-${process.pid}`;
  const label = `io.faultline.test=${name}`;
  let engine: Docker;
  let folder: string;
  let image: ImageDefinition;

  before(async function () {
    engine = (await engineOrSkip(this)).api;
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'faultline-image-'));
    mkdirSync(join(folder, 'code'));
    image = {
      name,
      dockerfile: join(folder, 'Dockerfile'),
      projectFolder: folder,
      folders: ['code'],
      importRoots: [],
      programs: {},
    };
    write('first');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  after(async () => {
    if (engine !== undefined) await removeLabelled(engine, label);
  });

  /** The file that the image is of, and what is done on the way. */
  function write(content: string, ...steps: string[]): void {
    writeFileSync(join(folder, 'code', 'file.txt'), content);
    const lines = [`FROM ${BASE_IMAGE}`, `LABEL ${label}`, ...steps, 'COPY project/ /faultline/', ''];
    writeFileSync(image.dockerfile, lines.join('\n'));
  }

  it('is built once, telling each step, and then found again', async () => {
    const lines: string[] = [];
    const first = await ensureImage(engine, image, { onProgress: (line) => lines.push(line) });
    assert.equal(first.built, true);
    assert.match(first.tag, new RegExp(`^faultline/${name}:[0-9a-f]{16}$`));
    assert.ok(lines.includes(`Step 2 of 4: LABEL ${label}`), lines.join('\n'));
    assert.deepEqual(await ensureImage(engine, image), { tag: first.tag, built: false });
  });

  it('takes the place of the older one when its content changes', async () => {
    const older = await ensureImage(engine, image);
    write('second');
    const newer = await ensureImage(engine, image);
    assert.equal(newer.built, true);
    assert.deepEqual([await imageExists(engine, older.tag), await imageExists(engine, newer.tag)], [false, true]);
  });

  it('leaves a tag alone that somebody else gave the older one', async () => {
    const older = await ensureImage(engine, image);
    const theirs = `faultline/${name}:mine`;
    await engine.getImage(older.tag).tag({ repo: `faultline/${name}`, tag: 'mine' });
    try {
      write('tagged');
      await ensureImage(engine, image);
      assert.deepEqual([await imageExists(engine, older.tag), await imageExists(engine, theirs)], [false, true]);
    } finally {
      await engine.getImage(theirs).remove();
    }
  });

  it('is always the one that is called latest', async () => {
    const idOf = async (tag: string) => (await engine.getImage(tag).inspect()).Id;
    const built = await ensureImage(engine, image);
    assert.equal(await idOf(latestTag(name)), await idOf(built.tag));
    await engine.getImage(BASE_IMAGE).tag({ repo: `faultline/${name}`, tag: 'latest' });
    const found = await ensureImage(engine, image);
    assert.equal(found.built, false);
    assert.equal(await idOf(latestTag(name)), await idOf(found.tag));
  });

  it('leaves the older one alone while a container uses it', async () => {
    const older = await ensureImage(engine, image);
    const container = await engine.createContainer({ Image: older.tag, Cmd: ['true'] });
    try {
      write('third');
      await ensureImage(engine, image);
      assert.equal(await imageExists(engine, older.tag), true);
    } finally {
      await container.remove();
    }
  });

  it('shows the last lines when its build fails', async () => {
    write('failing', 'RUN echo the cause is this && exit 3');
    await assert.rejects(ensureImage(engine, image), (problem: Problem) => {
      assert.equal(problem.code, 'image-build-failed');
      assert.match(problem.message, /returned a non-zero code: 3/);
      assert.match(problem.message, /\n {2}the cause is this$/);
      return true;
    });
  });

  it('tells a full disk from other failures', async () => {
    write('full', 'RUN head -c 1 /dev/zero > /dev/full');
    await assert.rejects(ensureImage(engine, image), (problem: Problem) => {
      assert.equal(problem.code, 'no-space');
      assert.match(problem.hint ?? '', /docker system prune/);
      return true;
    });
  });

  it('is not built to the end when the signal is aborted, and leaves no container behind', async () => {
    write('aborted', 'RUN sleep 600');
    const abort = new AbortController();
    const reason = new Error('enough');
    const building = ensureImage(engine, image, {
      signal: abort.signal,
      onProgress: (line) => {
        if (line.includes('sleep')) void whenRunning().then(() => abort.abort(reason));
      },
    });
    await assert.rejects(building, reason);
    await pollUntil(
      async () => {
        const left = await containersWith(engine, label);
        return left.length === 0
          ? { done: true, value: undefined }
          : { done: false, seen: `${left.length} containers` };
      },
      { subject: "the build's container to be gone", timeoutMs: 30_000 },
    );
  });

  const whenRunning = () =>
    pollUntil(
      async () => {
        const running = (await containersWith(engine, label)).filter(({ State }) => State === 'running');
        return running.length > 0 ? { done: true, value: undefined } : { done: false, seen: 'no container' };
      },
      { subject: 'the build to run its command', timeoutMs: 30_000 },
    );

  it('is not built from half a context, and the reason is told', async () => {
    const reason = new Error('a file went away');
    const context = Readable.from(
      (async function* () {
        yield Buffer.alloc(512);
        throw reason;
      })(),
    );
    const { signal } = new AbortController();
    const tag = `faultline/${name}:half`;
    await assert.rejects(buildImage(engine, { context, tag, labels: {}, onProgress: () => undefined, signal }), reason);
    assert.equal(await imageExists(engine, tag), false);
  });

  it('is not even looked for after an abort', async () => {
    const reason = new Error('before it began');
    await assert.rejects(ensureImage(engine, image, { signal: AbortSignal.abort(reason) }), reason);
  });
});

async function containersWith(engine: Docker, label: string) {
  return await engine.listContainers({ all: true, filters: { label: [label] } });
}

/** Tagged images first; what they were built on is then dangling, and pruned. */
async function removeLabelled(engine: Docker, label: string): Promise<void> {
  for (const { RepoTags } of await engine.listImages({ filters: { label: [label] } })) {
    for (const tag of RepoTags ?? []) if (tag.startsWith('faultline/')) await engine.getImage(tag).remove();
  }
  await engine.pruneImages({ filters: { label: [label], dangling: ['true'] } });
}
