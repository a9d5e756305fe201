import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { messageOf, Problem } from '../../base/errors.ts';
import type { ResourceLimits } from '../../model/resource-control.ts';
import type { NodeLimits } from '../../model/topology.ts';
import type { Launched, ProcessEnd } from '../launched.ts';
import { LOOPBACK } from '../process/ports.ts';
import { engineStatus } from './engine.ts';
import { NODE_DIRECTORY, NODE_ENVIRONMENT } from './in-image.ts';
import { labelsOf, NODE_LABEL } from './labels.ts';
import { USUAL_SHARE } from './processor-share.ts';

/** The engine's name for the machine that its user works on, where its networks are not interfaces of that machine. */
export const HOST_IN_CONTAINERS = 'host.docker.internal';

export interface ContainerOptions {
  readonly runId: string;
  /** The node's name. */
  readonly name: string;
  readonly image: string;
  /** What the image's entry point is given: a program and its arguments. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** By path relative to the node's directory. */
  readonly files: Readonly<Record<string, string>>;
  /** The networks that it is in from the start, with its address in each. */
  readonly networks: readonly { readonly id: string; readonly address: string }[];
  readonly limits?: NodeLimits | undefined;
  readonly mounts?: readonly Docker.MountSettings[];
  /** See `controlGroupParent`. */
  readonly controlGroupParent?: string | undefined;
  /** Beyond those that the engine gives every container: `SYS_PTRACE`. */
  readonly capabilities?: readonly string[];
  /** Ports to publish on 127.0.0.1 of the engine's machine. */
  readonly published?: readonly PublishedPort[];
  readonly logFile: string;
}

export interface PublishedPort {
  readonly container: number;
  readonly host: number;
  readonly protocol: 'tcp' | 'udp';
}

/** Signal numbers as exit codes show them: 128 and the number. */
const SIGNALS: Readonly<Record<number, string>> = { 134: 'SIGABRT', 137: 'SIGKILL', 139: 'SIGSEGV', 143: 'SIGTERM' };

/**
 * A node's container, which can be started again and again and keeps its files and its address. What it prints is
 * written to its log file as it comes.
 */
export class NodeContainer implements Launched {
  readonly name: string;
  readonly logFile: string;
  readonly api: Docker.Container;
  #pid: number | null = null;
  #launched = false;
  #end: ProcessEnd | null = null;
  #ended: Promise<ProcessEnd> = Promise.resolve({ code: null, how: 'not started' });

  private constructor(name: string, logFile: string, api: Docker.Container) {
    this.name = name;
    this.logFile = logFile;
    this.api = api;
  }

  /** @throws Problem `container-not-created`; a foreign container of the same name is not touched. */
  static async create(engine: Docker, options: ContainerOptions): Promise<NodeContainer> {
    const { name, logFile, networks, files } = options;
    try {
      const api = await engine.createContainer(creation(options));
      for (const { id, address } of networks.slice(1)) {
        await engine.getNetwork(id).connect({ Container: api.id, EndpointConfig: endpoint(address) });
      }
      const container = new NodeContainer(name, logFile, api);
      await container.write(files);
      return container;
    } catch (thrown) {
      throw new Problem(`The container of ${name} could not be made: ${messageOf(thrown)}`, {
        code: 'container-not-created',
        ...(engineStatus(thrown) === 409 && {
          hint: 'A container that is not of this run has its name; Faultline leaves it alone: "docker ps -a" shows it.',
        }),
        cause: thrown,
      });
    }
  }

  get launched(): boolean {
    return this.#launched;
  }

  get running(): boolean {
    return this.#launched && this.#end === null;
  }

  get end(): ProcessEnd | null {
    return this.#end;
  }

  get ended(): Promise<ProcessEnd> {
    return this.#ended;
  }

  /** Of its first process, as the engine's machine counts; null when it does not run. */
  get pid(): number | null {
    return this.running ? this.#pid : null;
  }

  /** Writes files into the node's directory, whether it runs or not. */
  async write(files: Readonly<Record<string, string>>): Promise<void> {
    await this.api.putArchive(archive(files), { path: '/' });
  }

  /** Starts it; resolves when the engine has, or could not. Only when it is not running. */
  async launch(): Promise<void> {
    const output = await this.api.attach({ stream: true, stdout: true, stderr: true });
    // A log that cannot be written must not end the run.
    const log = createWriteStream(this.logFile, { flags: 'a' }).on('error', () => undefined);
    this.api.modem.demuxStream(output, log, log);
    const written = finished(output).catch(() => undefined);
    this.#end = null;
    this.#launched = true;
    const started: Promise<unknown> = this.api.start();
    started.catch(() => (output as { destroy?: () => void }).destroy?.());
    this.#ended = this.#lifeAfter(started).then(async (end) => {
      this.#end = end;
      await written;
      await new Promise<void>((resolve) => log.end(() => resolve()));
      return end;
    });
    await started.then(
      async () => {
        this.#pid = (await this.api.inspect()).State.Pid;
      },
      () => undefined,
    );
  }

  /** Asked only once it has started: an end that came before the question is told all the same. */
  async #lifeAfter(started: Promise<unknown>): Promise<ProcessEnd> {
    try {
      await started;
    } catch (thrown) {
      return { code: null, how: messageOf(thrown) };
    }
    return await this.api.wait({ condition: 'not-running' }).then(endOf, lostEnd);
  }
}

function creation(options: ContainerOptions): Docker.ContainerCreateOptions {
  const { runId, name, image, command, environment, networks, limits = {} } = options;
  const { capabilities = [], published = [], mounts = [], controlGroupParent } = options;
  const [first] = networks;
  if (first === undefined) throw new Error(`${name} is in no network`);
  return {
    name: `faultline-${runId}-${name}`,
    Hostname: name,
    Image: image,
    Cmd: [...command],
    Env: Object.entries({ ...NODE_ENVIRONMENT, ...environment }).map(([key, value]) => `${key}=${value}`),
    WorkingDir: NODE_DIRECTORY,
    Labels: { ...labelsOf(runId), [NODE_LABEL]: name },
    ExposedPorts: Object.fromEntries(published.map((port) => [portName(port), {}])),
    HostConfig: {
      NetworkMode: first.id,
      PortBindings: Object.fromEntries(
        published.map((port) => [portName(port), [{ HostIp: LOOPBACK, HostPort: String(port.host) }]]),
      ),
      // Docker Desktop knows the name anyway; other engines take this as the address of their own machine.
      ...(published.length > 0 && { ExtraHosts: [`${HOST_IN_CONTAINERS}:host-gateway`] }),
      Mounts: [...mounts],
      CapAdd: [...capabilities],
      RestartPolicy: { Name: 'no' },
      ...(controlGroupParent !== undefined && { CgroupParent: controlGroupParent }),
      ...USUAL_SHARE,
      ...limitsIn(limits),
    },
    NetworkingConfig: { EndpointsConfig: { [first.id]: endpoint(first.address) } },
  };
}

/** A quota, because it alone can be taken away again. */
const CPU_PERIOD_US = 100_000;
const NO_QUOTA = -1;
/** More than any machine has: the engine takes 0 for "leave it as it is", and does not hand a limit of -1 on. */
const NO_MEMORY_LIMIT_BYTES = 2 ** 50;

/** Limits as the engine has them. Null: none. */
export function limitsIn({ cpus, memoryMebibytes }: ResourceLimits): Docker.HostConfig {
  const bytes = memoryMebibytes == null ? NO_MEMORY_LIMIT_BYTES : memoryMebibytes * 2 ** 20;
  return {
    ...(cpus !== undefined && {
      CpuPeriod: CPU_PERIOD_US,
      CpuQuota: cpus === null ? NO_QUOTA : Math.round(cpus * CPU_PERIOD_US),
    }),
    // Without swap beyond it, or the limit would only make the node slow.
    ...(memoryMebibytes !== undefined && { Memory: bytes, MemorySwap: bytes }),
  };
}

function portName({ container, protocol }: PublishedPort): string {
  return `${container}/${protocol}`;
}

function endpoint(address: string): Docker.EndpointSettings {
  return { IPAMConfig: { IPv4Address: address } };
}

/** The node's directory with its files, as PostgreSQL's user and root alike can use it. */
function archive(files: Readonly<Record<string, string>>): Readable {
  const root = NODE_DIRECTORY.slice(1);
  const tar = pack();
  tar.entry({ name: `${root}/tmp`, type: 'directory', mode: 0o1777 });
  for (const [path, content] of Object.entries(files)) tar.entry({ name: `${root}/${path}` }, content);
  tar.finalize();
  return Readable.from(tar);
}

/** What ended by a signal has no code, as with processes of this machine. */
function endOf({ StatusCode: code }: { StatusCode: number }): ProcessEnd {
  const name = SIGNALS[code];
  return name === undefined ? { code, how: `code ${code}` } : { code: null, how: name };
}

function lostEnd(thrown: unknown): ProcessEnd {
  return { code: null, how: `the loss of its engine (${messageOf(thrown)})` };
}
