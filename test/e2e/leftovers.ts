import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEngine } from '../../harness/runtime/docker/engine.ts';
import { RUN_LABEL } from '../../harness/runtime/docker/labels.ts';

/** @throws AssertionError that names every process, container, network and folder of the run which is still there. */
export async function expectNothingLeft(runId: string): Promise<void> {
  assert.deepEqual([...(await partsOfRun(runId)), ...(await foldersOfRun(runId))], []);
}

/** Every process, container and network of a run. */
export async function partsOfRun(runId: string): Promise<string[]> {
  return [...processesOfRun(runId), ...(await inEngine(runId))];
}

async function inEngine(runId: string): Promise<string[]> {
  const engine = await findEngine();
  if (engine === null) return [];
  const filters = { label: [`${RUN_LABEL}=${runId}`] };
  const containers = await engine.api.listContainers({ all: true, filters });
  const networks = await engine.api.listNetworks({ filters });
  return [
    ...containers.map(({ Names: names }) => `container ${names.join()}`),
    ...networks.map(({ Name: name }) => `network ${name}`),
  ];
}

/** Every process whose command line or working directory names the run, as `pid command`. */
function processesOfRun(runId: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const line = quietly(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')) ?? '';
      const folder = quietly(() => readlinkSync(`/proc/${pid}/cwd`)) ?? '';
      return line.includes(runId) || folder.includes(runId) ? [`${pid} ${line}`] : [];
    });
}

/** Every folder of the run below the temporary folder. */
async function foldersOfRun(runId: string): Promise<string[]> {
  const roots = (await readdir(tmpdir())).filter((name) => name.startsWith('faultline-'));
  const inside = await Promise.all(roots.map((root) => readdir(join(tmpdir(), root)).catch(() => [])));
  return inside.flat().filter((name) => name.includes(runId));
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
