import type { RunningTarget } from '../model/running-target.ts';

const ANSWER_MS = 2000;

/**
 * How far a node's own clock is off from this machine's, in milliseconds: by the date of its answer to an HTTP request,
 * which has whole seconds. Null when it gives no answer with a date.
 */
export async function probeClock(target: RunningTarget, node: string, port: string): Promise<number | null> {
  const { host, port: number } = target.addressOf(node, port);
  try {
    const { headers } = await fetch(`http://${host}:${number}/healthz`, {
      method: 'HEAD',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const told = Date.parse(headers.get('date') ?? '');
    // In the middle of its second.
    return Number.isNaN(told) ? null : told + 500 - Date.now();
  } catch {
    return null;
  }
}
