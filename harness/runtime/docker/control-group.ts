import { readFileSync } from 'node:fs';
import type Docker from 'dockerode';
import { controlGroupOf } from '../control-group-path.ts';

/**
 * The control group to put containers into, or undefined for the engine's own choice. An engine that makes control
 * groups without systemd puts all its containers into one, and the kernel gives that one no more processor time than
 * a single process beside it: on a busy machine twenty nodes would starve beside the load. At the top each has its own.
 */
export async function controlGroupParent(engine: Docker): Promise<string | undefined> {
  const { CgroupDriver: driver, SecurityOptions: security } = (await engine.info()) as EngineInfo;
  const rootless = security?.some((option) => option.includes('rootless')) ?? false;
  return driver === 'cgroupfs' && !rootless ? '/' : undefined;
}

interface EngineInfo {
  readonly CgroupDriver?: string;
  readonly SecurityOptions?: readonly string[] | null;
}

/**
 * CPU time of the control group that a process of this machine is in, in seconds: all that its container has used.
 * Null where this machine does not show it: another platform, an engine elsewhere.
 */
export function controlGroupCpuSeconds(pid: number): number | null {
  try {
    const { version, directory } = controlGroupOf(pid, 'cpuacct');
    if (version === 1) return Number(readFileSync(`${directory}/cpuacct.usage`, 'utf8')) / 1e9;
    const usage = /^usage_usec (\d+)/m.exec(readFileSync(`${directory}/cpu.stat`, 'utf8'))?.[1];
    return usage === undefined ? null : Number(usage) / 1e6;
  } catch {
    return null;
  }
}
