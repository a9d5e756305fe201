import { type Clock, systemClock } from '../../base/clock.ts';
import { messageOf, Problem } from '../../base/errors.ts';
import { listProcesses, type ProcessEntry, type ProcessIdentity, processesOf } from '../process-table.ts';

/** Processes that live and die together: those of a node, or those of a whole run. */
export interface ProcessGroup {
  /** As it should read in an error: the node's name. */
  readonly name: string;
  readonly directory: string;
  readonly recorded: readonly ProcessIdentity[];
}

export interface Killing {
  readonly name: string;
  /** How many processes there were. */
  readonly processes: number;
  readonly signalledAtMs: number;
  readonly goneAtMs: number;
}

export interface KillOptions {
  readonly clock?: Clock;
  /** A last look at the processes of each group; must be quick. */
  readonly beforeFirst?: (name: string, processes: readonly ProcessEntry[]) => void;
}

/** A process that waits for a disk cannot be killed until the disk answers. */
const GONE_TIMEOUT_MS = 10_000;
const RESCAN_INTERVAL_MS = 10;

/**
 * SIGKILL for every process of these groups: all that one look at the process table shows are signalled within the
 * same few milliseconds, then it looks again until none is left, which catches those that were just being started.
 * @throws Problem `not-killed`, naming what is still there after 10 s.
 */
export async function killGroups(
  groups: readonly ProcessGroup[],
  { clock = systemClock, beforeFirst }: KillOptions = {},
): Promise<Killing[]> {
  const watched = groups.map((group) => ({
    group,
    seen: [...group.recorded],
    signalledAtMs: 0,
    found: new Set<string>(),
  }));
  const done = new Map<string, Killing>();
  const deadlineMs = clock.now() + GONE_TIMEOUT_MS;
  for (;;) {
    const table = await listProcesses();
    const looks = watched
      .filter(({ group }) => !done.has(group.name))
      .map((watch) => ({
        watch,
        members: processesOf(table, { directory: watch.group.directory, recorded: watch.seen }),
      }));
    // One step for all before the next one: a look at a process that is just dying can take tens of milliseconds.
    for (const { watch, members } of looks) {
      if (watch.signalledAtMs === 0) beforeFirst?.(watch.group.name, members);
    }
    for (const { watch, members } of looks) {
      for (const { pid } of members) signal(pid, 'SIGKILL');
      watch.signalledAtMs ||= clock.now();
    }
    const left: string[] = [];
    for (const { watch, members } of looks) {
      const { group, seen, found } = watch;
      for (const member of members) remember(member, seen, found);
      left.push(...members.map(({ pid }) => `process ${pid} of ${group.name}`));
      if (members.length === 0) done.set(group.name, killingOf(watch, clock.now()));
    }
    if (left.length === 0) return groups.map(({ name }) => done.get(name)!);
    if (clock.now() >= deadlineMs) throw notKilled(left);
    await clock.sleep(RESCAN_INTERVAL_MS);
  }
}

/** Sends a signal to one process; one that is gone already needs none. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new Problem(`Could not send ${name} to process ${pid}: ${messageOf(thrown)}`, {
      code: 'not-signalled',
      cause: thrown,
    });
  }
}

/** Keeps a process in view although it may change its working directory or lose its parent. */
function remember({ pid, startTime }: ProcessEntry, seen: ProcessIdentity[], found: Set<string>): void {
  const key = `${pid} ${startTime}`;
  if (found.has(key)) return;
  found.add(key);
  seen.push({ pid, startTime });
}

function killingOf(
  { group, signalledAtMs, found }: { group: ProcessGroup; signalledAtMs: number; found: Set<string> },
  goneAtMs: number,
): Killing {
  return { name: group.name, processes: found.size, signalledAtMs, goneAtMs };
}

function notKilled(left: readonly string[]): Problem {
  return new Problem(`Still there ${GONE_TIMEOUT_MS} ms after SIGKILL: ${left.join(', ')}`, {
    code: 'not-killed',
    hint: 'It may be waiting for a disk or a network file system; "ps -o pid,stat,wchan,args" shows for what.',
  });
}
