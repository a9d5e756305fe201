import { Problem } from '../base/errors.ts';
import { pollUntil } from '../base/poll.ts';
import type { Address, Readiness } from '../model/topology.ts';
import { type Launched, lastLines, type ProcessEnd } from './launched.ts';
import { portHolder } from './process/port-holder.ts';
import { askReadiness } from './readiness.ts';

/** A process that was launched, and how to find out that it is up. */
export interface Awaited {
  readonly process: Launched;
  readonly readiness: Readiness;
  /** Where the question is asked: the address of the readiness's port. */
  readonly address: Address;
  /** All ports that it listens on: when it dies because one is taken, the error says by whom. */
  readonly listens: readonly Address[];
}

export interface BringUpOptions {
  /** One limit for all of them together. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onReady?: (name: string) => void;
}

const ASK_INTERVAL_MS = 100;
const SHOWN_LINES = 25;

/**
 * Waits until all of them are ready, asking in parallel. The first that dies, or is not ready in time, ends the wait.
 * @throws Problem `node-died` or `node-not-ready`, with the end of its log.
 */
export async function awaitAllReady(awaited: readonly Awaited[], options: BringUpOptions): Promise<void> {
  const failed = new AbortController();
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([failed.signal, options.signal]);
  let over = false;
  for (const one of awaited) {
    void one.process.ended.then(async (end) => {
      if (!over) failed.abort(await deathOf(one, end));
    });
  }
  await Promise.allSettled(
    awaited.map(async (one) => {
      try {
        await awaitReady(one, options.timeoutMs, signal);
        options.onReady?.(one.process.name);
      } catch (thrown) {
        if (!signal.aborted) failed.abort(await delayOf(one, thrown));
      }
    }),
  );
  over = true;
  signal.throwIfAborted();
  // Somebody else may have answered on the port of one that died before its end was noticed.
  for (const one of awaited) if (one.process.end !== null) throw await deathOf(one, one.process.end);
}

async function awaitReady(
  { process, readiness, address }: Awaited,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { port } = readiness;
  const where =
    readiness.kind === 'http' ? `answer on ${readiness.path} of its port ${port}` : `accept on its port ${port}`;
  await pollUntil(() => askReadiness(readiness, address), {
    subject: `${process.name} to ${where}`,
    timeoutMs,
    intervalMs: ASK_INTERVAL_MS,
    signal,
  });
}

async function deathOf({ process, listens }: Awaited, { how }: ProcessEnd): Promise<Problem> {
  const held = listens.flatMap(({ port }) => {
    const holder = portHolder(port);
    return holder === undefined ? [] : [`its port ${port} is held by ${holder}`];
  });
  return new Problem([`${process.name} ended with ${how} while it was being started`, ...held].join('; '), {
    code: 'node-died',
    hint: await endOfLog(process),
  });
}

async function delayOf({ process }: Awaited, thrown: unknown): Promise<Problem> {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Problem(message, { code: 'node-not-ready', hint: await endOfLog(process), cause: thrown });
}

async function endOfLog(process: Launched): Promise<string> {
  const lines = await lastLines(process, SHOWN_LINES);
  return lines.length === 0
    ? `It printed nothing (${process.logFile}).`
    : `The end of its log (${process.logFile}):\n${lines.join('\n')}`;
}
