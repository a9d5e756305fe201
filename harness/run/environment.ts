import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

/** What a run is made on: a figure without it means nothing a month later. */
export async function describeMachine(): Promise<Record<string, string>> {
  const packageFile = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string };
  return {
    faultline: version,
    node: process.version,
    platform: `${type()} ${release()} ${process.arch}`,
    processor: `${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 1024 ** 3)} GiB`,
  };
}
