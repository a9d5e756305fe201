import { fileURLToPath } from 'node:url';
import { pollUntil } from '../base/poll.ts';
import type { ReceiverStatistics } from '../model/telemetry.ts';
import type { Address } from '../model/topology.ts';
import { SideProcess } from '../runtime/side-process.ts';

const SCRIPT = fileURLToPath(new URL('../telemetry/receiver/main.ts', import.meta.url));
const TIMEOUT_MS = 10_000;

/** The OTLP receiver's process, as the runner talks to it. */
export class SpanReceiver {
  readonly address: Address;
  readonly #process: SideProcess;

  private constructor(address: Address, process: SideProcess) {
    this.address = address;
    this.#process = process;
  }

  /** `forwardTo`: the user's own collector, which gets everything that arrives here. */
  static async start(options: {
    host: string;
    spans: string;
    forwardTo: string | undefined;
    signal: AbortSignal;
  }): Promise<SpanReceiver> {
    const forward = options.forwardTo === undefined ? [] : ['--forward', options.forwardTo];
    const process = SideProcess.start('span receiver', SCRIPT, [
      '--host',
      options.host,
      '--spans',
      options.spans,
      ...forward,
    ]);
    const listening = await process.firstSign(
      (message) => (typeof message.listening === 'string' ? message.listening : undefined),
      { awaited: 'its address', timeoutMs: TIMEOUT_MS, signal: options.signal },
    );
    const [host = '', port = ''] = listening.split(':');
    return new SpanReceiver({ host, port: Number(port) }, process);
  }

  /** Waits until spans of at least `services` spans of a trace arrived; gives their number. */
  async awaitTrace(
    traceId: string,
    options: { spans: number; timeoutMs: number; signal: AbortSignal },
  ): Promise<number> {
    const { spans, timeoutMs, signal } = options;
    const find = async () => {
      this.#process.send({ command: 'find', traceId });
      const answer = await this.#process.next(
        (message) => (message.traceId === traceId ? Number(message.spans) : undefined),
        { awaited: `the spans of trace ${traceId}`, timeoutMs: TIMEOUT_MS, signal },
      );
      return answer >= spans
        ? ({ done: true, value: answer } as const)
        : ({ done: false, seen: `${answer} of ${spans} spans` } as const);
    };
    return await pollUntil(find, { subject: `the spans of trace ${traceId}`, timeoutMs, intervalMs: 100, signal });
  }

  /** Everything that arrived is on disk when this resolves. */
  async stop(): Promise<ReceiverStatistics> {
    this.#process.send({ command: 'stop' });
    return await this.#process.next(
      (message) => (typeof message.cpuSeconds === 'number' ? (message as unknown as ReceiverStatistics) : undefined),
      { awaited: 'its statistics', timeoutMs: TIMEOUT_MS },
    );
  }

  async end(): Promise<void> {
    await this.#process.end();
  }
}
