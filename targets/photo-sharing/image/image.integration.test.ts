import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { before, describe, it } from 'mocha';
import { PROJECT_IN_IMAGE } from '../../../harness/model/image.ts';
import { importedPackages } from '../../../harness/runtime/docker/image/bare-imports.ts';
import { BASE_IMAGE } from '../../../harness/runtime/docker/image/base-image.ts';
import { readContent } from '../../../harness/runtime/docker/image/content.ts';
import { engineArchitecture } from '../../../harness/runtime/docker/image/engine-platform.ts';
import { ensureImage } from '../../../harness/runtime/docker/image/ensure-image.ts';
import { engineOrSkip } from '../../../harness/runtime/docker/testing/engine.ts';
import { photoSharingImage } from './definition.ts';

/** The first build of all takes minutes on a busy machine. The image stays: it is what every later run uses. */
const BUILD_TIMEOUT_MS = 420_000;
const SIZE_MB_MAX = 600;

/** What each program is expected to say of itself, and how it is asked where `--version` is not its way. */
const VERSIONS: Readonly<Record<string, { options?: string[]; says: RegExp }>> = {
  node: { says: /^v24\./ },
  postgres: { says: /^postgres \(PostgreSQL\) 15\./ },
  'redis-server': { says: /^Redis server v=7\./ },
  'nats-server': { says: /^nats-server: v2\./ },
  haproxy: { options: ['-v'], says: /^HAProxy version 2\./ },
  nginx: { options: ['-v'], says: /^nginx version: nginx\/1\./ },
  prometheus: { says: /^prometheus, version 2\./ },
};

describe('The photo-sharing image', function () {
  this.timeout(60_000);
  let engine: Docker;
  let tag: string;

  before(async function () {
    this.timeout(BUILD_TIMEOUT_MS);
    engine = (await engineOrSkip(this)).api;
    tag = (await ensureImage(engine, photoSharingImage)).tag;
  });

  /** Runs a command in a new container of the image and gives all that it says. */
  async function run(command: readonly string[]): Promise<{ output: string; exitCode: number }> {
    const stream = new PassThrough();
    const said = text(stream);
    const options = { HostConfig: { AutoRemove: true, NetworkMode: 'none' } };
    const [{ StatusCode }] = await engine.run(tag, [...command], stream, { ...options, Tty: true });
    stream.end();
    return { output: (await said).replaceAll('\r', ''), exitCode: StatusCode };
  }

  for (const [program, path] of Object.entries(photoSharingImage.programs)) {
    it(`has ${program} at ${path}, and it runs`, async () => {
      const { options = ['--version'], says } = VERSIONS[program]!;
      const { output, exitCode } = await run([path, ...options]);
      assert.match(output, says);
      assert.equal(exitCode, 0);
    });
  }

  it('builds on the base image that is got or made when it is missing', () => {
    assert.ok(readFileSync(photoSharingImage.dockerfile, 'utf8').includes(`\nFROM ${BASE_IMAGE}\n`));
  });

  it(`is at most ${SIZE_MB_MAX} MB`, async () => {
    const { Size } = await engine.getImage(tag).inspect();
    assert.ok(Size <= SIZE_MB_MAX * 1_000_000, `${Size} bytes`);
  });

  it('has the programs beside postgres that the database agent calls', async () => {
    const folder = dirname(photoSharingImage.programs.postgres!);
    for (const program of ['initdb', 'pg_ctl', 'pg_basebackup', 'pg_rewind', 'pg_controldata']) {
      assert.equal((await run([`${folder}/${program}`, '--version'])).exitCode, 0, program);
    }
  });

  it('has a PostgreSQL that makes a database and answers queries, also those worth compiling', async () => {
    const asPostgres = 'setpriv --reuid=postgres --regid=postgres --clear-groups';
    const folder = dirname(photoSharingImage.programs.postgres!);
    const script = `${asPostgres} ${folder}/initdb -D /tmp/data --no-sync >/dev/null &&
${asPostgres} ${folder}/postgres --single -D /tmp/data postgres <<'END'
set jit_above_cost = 0
select sum(n) from generate_series(1, 1000) n
select now() at time zone 'Europe/Berlin'
END`;
    const { output, exitCode } = await run(['sh', '-c', script]);
    assert.match(output, /500500/);
    assert.doesNotMatch(output, /ERROR|FATAL/);
    assert.equal(exitCode, 0);
  });

  it('has every package that our programs import', async () => {
    const { files } = await readContent(photoSharingImage, await engineArchitecture(engine));
    const names = new Set([...files.values()].flatMap((file) => [...importedPackages(file.toString('utf8'))]));
    const script = `for (const name of ${JSON.stringify([...names])}) await import(name); console.log('all imported');`;
    const inProject = ['sh', '-c', `cd ${PROJECT_IN_IMAGE} && exec node --input-type=module --eval "$0"`, script];
    const { output, exitCode } = await run(inProject);
    assert.equal(output, 'all imported\n');
    assert.equal(exitCode, 0);
  });

  it('has a Toxiproxy server that starts', async () => {
    const { output, exitCode } = await run([
      photoSharingImage.programs.node!,
      `${PROJECT_IN_IMAGE}/harness/toxiproxy/main.ts`,
      '--help',
    ]);
    assert.match(output, /Usage/);
    assert.equal(exitCode, 0);
  });
});
