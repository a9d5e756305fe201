import { readFileSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import type { KillRecord } from '../../model/running-target.ts';
import type { NodeContainer } from './container.ts';
import { engineStatus } from './engine.ts';

/** A process that waits for a disk cannot be killed until the disk answers; and a busy engine notices ends late. */
const GONE_TIMEOUT_MS = 30_000;
const LOOK_INTERVAL_MS = 5;

export interface KillOptions {
  readonly clock: Clock;
  /** Those that are paused already. */
  readonly paused: ReadonlySet<string>;
  /** Whether the engine runs on this machine, so that its processes can be looked for here. */
  readonly here: boolean;
}

/**
 * SIGKILL for all of these containers as one moment; resolves when the engine has seen each of them end.
 *
 * Where the engine runs on this machine and we may, the first process of each is signalled directly: the kernel then
 * kills all others of its container, and from the first to the last takes a few milliseconds. Elsewhere the engine
 * does it, one after the other, 50 to 200 ms each; so that none goes on meanwhile, all are paused first.
 * @throws Problem `not-killed`, naming what is still there after 30 s.
 */
export async function killContainers(
  containers: readonly NodeContainer[],
  { clock, paused, here }: KillOptions,
): Promise<KillRecord[]> {
  const running = containers.filter((container) => container.running);
  // The freezer of control groups v1 holds even SIGKILL back: only the engine can let a paused one go.
  const direct = running.filter((container) => here && !paused.has(container.name) && isOurs(container));
  const others = running.filter((container) => !direct.includes(container));
  const killed = new Map<string, Promise<KillRecord>>();
  // All signals first: even a look at a process that is just dying can take tens of milliseconds.
  const signalled = direct.map((container) => ({ container, ...signalNow(container, clock) }));
  for (const { container, pid, signalledAtMs } of signalled) {
    killed.set(container.name, untilGone(container, { pid, signalledAtMs, clock }));
  }
  await settle(others.filter(({ name }) => !paused.has(name)).map(({ api }) => api.pause()));
  for (const container of others) killed.set(container.name, killByEngine(container, clock));
  const records = await Promise.all(
    containers.map(async ({ name }) => {
      const nowMs = clock.now();
      return (await killed.get(name)) ?? { node: name, signalledAtMs: nowMs, goneAtMs: nowMs };
    }),
  );
  await Promise.all(running.map((container) => engineSawEnd(container, clock)));
  const left = running.filter((container) => container.running).map(({ name }) => name);
  if (left.length === 0) return records;
  throw new Problem(`Still there ${GONE_TIMEOUT_MS} ms after SIGKILL: ${left.join(', ')}`, { code: 'not-killed' });
}

/** Whether its first process is one that this process sees, and is certain about. */
function isOurs({ pid, api }: NodeContainer): boolean {
  if (pid === null || pid <= 0 || process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  return belongsTo(pid, api.id);
}

function belongsTo(pid: number, containerId: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(containerId);
  } catch {
    return false;
  }
}

function signalNow({ name, pid }: NodeContainer, clock: Clock): { pid: number; signalledAtMs: number } {
  if (pid === null) throw new Error(`${name} does not run`);
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
  return { pid, signalledAtMs: clock.now() };
}

async function untilGone(
  { name, api }: NodeContainer,
  { pid, signalledAtMs, clock }: { pid: number; signalledAtMs: number; clock: Clock },
): Promise<KillRecord> {
  const deadlineMs = signalledAtMs + GONE_TIMEOUT_MS;
  while (belongsTo(pid, api.id) && clock.now() < deadlineMs) await clock.sleep(LOOK_INTERVAL_MS);
  return { node: name, signalledAtMs, goneAtMs: clock.now() };
}

async function killByEngine(container: NodeContainer, clock: Clock): Promise<KillRecord> {
  const { name, api } = container;
  const signalledAtMs = clock.now();
  await settle([api.kill({ signal: 'SIGKILL' })]);
  await engineSawEnd(container, clock);
  return { node: name, signalledAtMs, goneAtMs: clock.now() };
}

/** 409 and 404: it is so already, or it has ended meanwhile. */
async function settle(works: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(works)) {
    if (outcome.status === 'rejected' && ![404, 409, 500].includes(engineStatus(outcome.reason) ?? 0)) {
      throw outcome.reason;
    }
  }
}

/** The engine learns of an end a moment after it; without limit nobody waits for it. */
async function engineSawEnd({ ended }: NodeContainer, clock: Clock): Promise<void> {
  const stop = new AbortController();
  await Promise.race([ended, clock.sleep(GONE_TIMEOUT_MS, stop.signal).catch(() => undefined)]);
  stop.abort();
}
