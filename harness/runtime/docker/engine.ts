import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { EXIT_USAGE, messageOf, Problem } from '../../base/errors.ts';

/** A Docker Engine, or one that speaks its API, which answers. */
export interface Engine {
  readonly api: Docker;
  readonly version: string;
  readonly apiVersion: string;
  /** How it is reached, as data: for other processes of this user. */
  readonly connection: Docker.DockerOptions;
}

/** Engine 19.03; Podman's socket speaks 1.40 or newer as well. */
const API_VERSION_MIN = [1, 40];
const GREETING_TIMEOUT_MS = 2000;

/** Where engines listen: rootful, rootless, Docker Desktop. */
const SOCKETS = [
  '/var/run/docker.sock',
  ...(process.env.XDG_RUNTIME_DIR === undefined ? [] : [join(process.env.XDG_RUNTIME_DIR, 'docker.sock')]),
  join(homedir(), '.docker/run/docker.sock'),
];
const WINDOWS_PIPE = '//./pipe/docker_engine';

/** The engine that answers, or null: at `DOCKER_HOST` if that is set, else at the first of the usual sockets. */
export async function findEngine(): Promise<Engine | null> {
  return await connectEngine().catch(() => null);
}

/**
 * @throws Problem `no-engine`, `engine-forbidden` or `engine-too-old` (exit code 4), with what to do.
 */
export async function connectEngine(): Promise<Engine> {
  const refusals: string[] = [];
  for (const { where, options } of candidates()) {
    try {
      return await greet(options);
    } catch (thrown) {
      if (thrown instanceof Problem) throw thrown;
      if ((thrown as NodeJS.ErrnoException).code === 'EACCES') throw forbidden(where, thrown);
      refusals.push(`${where}: ${messageOf(thrown)}`);
    }
  }
  throw new Problem(`No Docker Engine answers${refusals.map((refusal) => ` (${refusal})`).join('')}`, {
    code: 'no-engine',
    hint: 'Start Docker, or tell where it listens with DOCKER_HOST. "--runtime process" needs none.',
    exitCode: EXIT_USAGE,
  });
}

/** Without options the client takes DOCKER_HOST and its companions. */
function candidates(): { where: string; options: Docker.DockerOptions }[] {
  const { DOCKER_HOST } = process.env;
  if (DOCKER_HOST) return [{ where: DOCKER_HOST, options: {} }];
  const sockets = process.platform === 'win32' ? [WINDOWS_PIPE] : SOCKETS.filter((socket) => existsSync(socket));
  return sockets.map((socketPath) => ({ where: socketPath, options: { socketPath } }));
}

async function greet(options: Docker.DockerOptions): Promise<Engine> {
  const { Version: version, ApiVersion: apiVersion } = await new Docker({
    ...options,
    timeout: GREETING_TIMEOUT_MS,
  }).version();
  const [major = 0, minor = 0] = apiVersion.split('.').map(Number);
  if (major < API_VERSION_MIN[0]! || (major === API_VERSION_MIN[0] && minor < API_VERSION_MIN[1]!)) {
    throw new Problem(
      `The Docker Engine ${version} speaks version ${apiVersion} of the API; expected ${API_VERSION_MIN.join('.')} or newer`,
      {
        code: 'engine-too-old',
        hint: 'Update Docker, or use "--runtime process".',
        exitCode: EXIT_USAGE,
      },
    );
  }
  return { api: new Docker(options), version, apiVersion, connection: options };
}

function forbidden(where: string, cause: unknown): Problem {
  return new Problem(`This user may not use the Docker Engine at ${where}`, {
    code: 'engine-forbidden',
    hint: 'Add yourself to the group of that socket ("sudo usermod -aG docker $USER", then log in again), or use "--runtime process".',
    exitCode: EXIT_USAGE,
    cause,
  });
}

/** The status of an answer of the engine that was no success; undefined when it gave none. */
export function engineStatus(thrown: unknown): number | undefined {
  const status = (thrown as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' ? status : undefined;
}
