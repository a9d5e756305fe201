import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { pollUntil } from '../../harness/base/poll.ts';
import { connectEngine } from '../../harness/runtime/docker/engine.ts';
import { ensureImage } from '../../harness/runtime/docker/image/ensure-image.ts';
import { photoSharingImage } from '../../targets/photo-sharing/image/definition.ts';

const START_TIMEOUT_MS = 60_000;
const execute = promisify(execFile);

/**
 * A Docker Engine of the test's own, beside the machine's, so that it can be ended in the middle of a run. It has the
 * target's image, and lives in a network namespace of its own, so that the other engine's bridges and packet filter stay
 * as they are. Needs root, and the programs `dockerd` and `ip`.
 */
export class OwnEngine implements AsyncDisposable {
  readonly #folder: string;
  readonly #host: string;
  readonly #socket: string;
  /** Holds the namespace while no engine does. */
  readonly #holder: ChildProcess;
  #process: ChildProcess | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#socket = join(folder, 'docker.sock');
    this.#holder = spawn('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' });
    this.#host = `unix://${this.#socket}`;
  }

  static async start(): Promise<OwnEngine> {
    const engine = new OwnEngine(await mkdtemp(join(tmpdir(), 'faultline-engine-')));
    try {
      await engine.#isApart();
      const [enter = '', ...words] = engine.inside;
      await execute(enter, [...words, 'ip', 'link', 'set', 'lo', 'up']);
      await engine.begin();
      await engine.#takeImage();
      return engine;
    } catch (thrown) {
      await engine[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  /** What to put before a command, so that it reaches the engine's containers. */
  get inside(): readonly string[] {
    return ['nsenter', `--net=/proc/${this.#holder.pid}/ns/net`];
  }

  /** Starts it, or starts it again with all that it knew. */
  async begin(): Promise<void> {
    const inFolder = (name: string) => join(this.#folder, name);
    const [enter = '', ...words] = this.inside;
    this.#process = spawn(
      enter,
      [
        ...[...words, 'dockerd'],
        ...['--host', this.#host, '--data-root', inFolder('data'), '--exec-root', inFolder('exec')],
        ...['--pidfile', inFolder('pid')],
      ],
      { stdio: 'ignore' },
    );
    const api = this.#api();
    await pollUntil(
      async () => {
        await api.ping();
        return { done: true, value: undefined };
      },
      { subject: 'an engine of our own to answer', timeoutMs: START_TIMEOUT_MS, intervalMs: 200 },
    );
  }

  /** Until it is disposed of, this process and those that it starts know no other engine. */
  asTheOnlyOne(): Disposable {
    const { DOCKER_HOST: before } = process.env;
    process.env.DOCKER_HOST = this.#host;
    return {
      [Symbol.dispose]() {
        if (before === undefined) delete process.env.DOCKER_HOST;
        else process.env.DOCKER_HOST = before;
      },
    };
  }

  /** Ends it in order, and every container with it. */
  async end(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    // What it had mounted for a container may outlive it.
    const { stdout } = await execute('findmnt', ['--raw', '--noheadings', '--output', 'TARGET']);
    const mounted = stdout.split('\n').filter((path) => path.startsWith(`${this.#folder}/`));
    for (const path of mounted.reverse()) await execute('umount', ['--lazy', path]).catch(() => undefined);
    this.#holder.kill('SIGKILL');
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /** Before that, what is started inside would be outside. */
  async #isApart(): Promise<void> {
    await pollUntil(
      async () => {
        const [own, theirs] = await Promise.all([
          readlink('/proc/self/ns/net'),
          readlink(`/proc/${this.#holder.pid}/ns/net`),
        ]);
        return own === theirs ? { done: false, seen: own } : { done: true, value: undefined };
      },
      { subject: 'a network namespace of its own', timeoutMs: START_TIMEOUT_MS },
    );
  }

  #api(): Docker {
    return new Docker({ socketPath: this.#socket });
  }

  async #takeImage(): Promise<void> {
    const { api } = await connectEngine();
    const { tag } = await ensureImage(api, photoSharingImage);
    const archive = await api.getImage(tag).get();
    const answer = await this.#api().loadImage(archive);
    await pipeline(answer, async (chunks) => {
      for await (const _ of chunks);
    });
  }
}
