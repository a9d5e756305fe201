import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @throws AssertionError that names every process and folder of the run which is still there. */
export async function expectNothingLeft(runId: string): Promise<void> {
  assert.deepEqual({ processes: processesOfRun(runId), folders: await foldersOfRun(runId) }, NOTHING);
}

const NOTHING = { processes: [], folders: [] };

/** Every process whose command line or working directory names the run, as `pid command`. */
export function processesOfRun(runId: string): string[] {
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
