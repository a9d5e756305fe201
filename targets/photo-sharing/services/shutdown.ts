import { flushCompileCache } from 'node:module';
import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import type { Logger } from './log.ts';

/** From SIGTERM to the end of the process, whatever hangs. */
const GRACE_MS = 2000;
/** Kept back from the grace for the last spans. */
const FLUSH_MS = 400;

/**
 * Ends the process well: on SIGTERM or SIGINT `stop` finishes what is in flight, the last spans are sent, and the exit
 * code is 0, all within 2 s; an error that nobody caught is logged and ends the process with code 1.
 */
export function superviseProcess({ log, stop }: { log: Logger; stop: () => Promise<void> }): void {
  let stopping = false;
  const terminate = async (signal: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    const finished = stop().catch((error: unknown) => log.error({ err: error }, 'stopping failed'));
    await atMost(GRACE_MS - FLUSH_MS, finished);
    await atMost(FLUSH_MS, flushTelemetry());
    process.exit(0);
  };
  process.on('SIGTERM', (signal) => void terminate(signal));
  process.on('SIGINT', (signal) => void terminate(signal));
  const fail = async (error: unknown): Promise<void> => {
    log.fatal({ err: error }, 'an error that nobody caught ends the process');
    await atMost(FLUSH_MS, flushTelemetry());
    process.exit(1);
  };
  process.on('uncaughtException', (error) => void fail(error));
  process.on('unhandledRejection', (reason) => void fail(reason));
}

/**
 * Starts a service: what its start throws is logged, and the process ends with code 1. What Node compiled for the start is
 * kept for the next one, where NODE_COMPILE_CACHE names a folder: at its end a node that is killed cannot do that.
 */
export async function startOrExit(log: Logger, start: () => Promise<void>): Promise<void> {
  try {
    await start();
    flushCompileCache();
  } catch (error) {
    log.fatal({ err: error }, 'the service could not start');
    process.exit(1);
  }
}

/** Sends what telemetry.ts still holds, if it was preloaded at all. */
async function flushTelemetry(): Promise<void> {
  const registered = trace.getTracerProvider();
  const provider: unknown = registered instanceof ProxyTracerProvider ? registered.getDelegate() : registered;
  if (isFlushable(provider)) await provider.forceFlush().catch(() => undefined);
}

function isFlushable(provider: unknown): provider is { forceFlush(): Promise<void> } {
  return typeof provider === 'object' && provider !== null && 'forceFlush' in provider;
}

async function atMost(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
