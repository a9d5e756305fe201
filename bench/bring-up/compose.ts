import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type Docker from 'dockerode';
import { pollUntil } from '../../harness/base/poll.ts';
import { COMPOSE_FILE, composeFiles } from '../../harness/runtime/docker/compose/compose.ts';
import { ensureImage } from '../../harness/runtime/docker/image/ensure-image.ts';
import { type ComposeProgram, findCompose } from '../../harness/runtime/docker/testing/compose-program.ts';
import { claimPorts } from '../../harness/runtime/process/ports.ts';
import { stage7 } from '../../targets/photo-sharing/index.ts';
import type { BringUpVariant } from './variant.ts';

const PORTS = 16;
const UP_TIMEOUT_MS = 120_000;

/** The generated Compose file, brought up by Compose itself until every container with a health check is healthy. */
export class ComposeBench implements BringUpVariant {
  readonly name: string;
  readonly #engine: Docker;

  private constructor(engine: Docker, version: string) {
    this.#engine = engine;
    this.name = `compose ${version}`;
  }

  /** Null where it is not installed. */
  static async find(engine: Docker): Promise<ComposeBench | null> {
    const compose = await findCompose({ file: COMPOSE_FILE, project: 'none' });
    return compose === null ? null : new ComposeBench(engine, compose.version);
  }

  async round(): Promise<Record<string, number>> {
    const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
    const project = `faultline-bench-${process.pid}`;
    const claim = await claimPorts(PORTS);
    const compose = (await findCompose({ file: join(folder, COMPOSE_FILE), project }))!;
    try {
      const { tag } = await ensureImage(this.#engine, stage7.image);
      const free = claim.ports.values();
      const publishedPort = () => free.next().value!;
      const files = composeFiles(stage7, {
        ...{ imageTag: tag, publishedPort },
        subnetStart: (n) => `10.198.${(process.pid % 16) * 16 + n}.0`,
      });
      for (const [path, content] of files) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
      return await this.#timed(compose, project);
    } finally {
      await claim.release();
      rmSync(folder, { recursive: true });
    }
  }

  async #timed(compose: ComposeProgram, project: string): Promise<Record<string, number>> {
    const begunMs = performance.now();
    let leftMs = 0;
    try {
      await compose.run('up', '--detach');
      await this.#allHealthy(project);
      leftMs = performance.now();
    } finally {
      await compose.run('down', '--volumes', '--timeout', '5');
    }
    return {
      'bring-up, s': (leftMs - begunMs) / 1000,
      'clean-up, s': (performance.now() - leftMs) / 1000,
    };
  }

  async #allHealthy(project: string): Promise<void> {
    const filters = { label: [`com.docker.compose.project=${project}`] };
    await pollUntil(
      async () => {
        const containers = await this.#engine.listContainers({ all: true, filters });
        const waiting = containers.filter(({ Status: status }) => !status.includes('(healthy)'));
        return waiting.length === 0
          ? { done: true, value: undefined }
          : {
              done: false,
              seen: waiting.map(({ Names: names, Status: status }) => `${names[0]}: ${status}`).join('; '),
            };
      },
      { subject: 'every container to be healthy', timeoutMs: UP_TIMEOUT_MS, intervalMs: 100 },
    );
  }
}
