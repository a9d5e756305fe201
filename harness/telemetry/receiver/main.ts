import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createForwarder } from './forward.ts';
import { startReceiver } from './server.ts';

/**
 * The receiver as a process of its own: appends every span as a JSON line to --spans, answers commands from its
 * standard input with one JSON line each, and ends when that input closes.
 */
const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    spans: { type: 'string' },
    forward: { type: 'string' },
  },
});
if (values.spans === undefined) {
  process.stderr.write('expected --spans FILE: where the spans are written\n');
  process.exit(4);
}

const file = createWriteStream(values.spans, { flags: 'a' });
const forwarder = values.forward === undefined ? undefined : createForwarder(values.forward);
/** Spans seen by trace: the canary asks for its own. */
const spansByTrace = new Map<string, number>();
let peakMemoryBytes = 0;

const receiver = await startReceiver({
  host: values.host,
  port: Number(values.port),
  onSpans(spans) {
    if (spans.length === 0) return;
    for (const { traceId } of spans) spansByTrace.set(traceId, (spansByTrace.get(traceId) ?? 0) + 1);
    file.write(`${spans.map((span) => JSON.stringify(span)).join('\n')}\n`);
    peakMemoryBytes = Math.max(peakMemoryBytes, process.memoryUsage.rss());
  },
  ...(forwarder === undefined ? {} : { onAccepted: forwarder.send }),
});
say({ listening: `${values.host}:${receiver.port}` });

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { command, traceId } = JSON.parse(line) as { command: string; traceId?: string };
    if (command === 'find') say({ traceId, spans: spansByTrace.get(traceId ?? '') ?? 0 });
    else if (command === 'status') say(statistics());
    else if (command === 'stop') finish().catch(fail);
    else say({ problem: `unknown command "${command}": expected find, status or stop` });
  })
  .on('close', () => finish().catch(fail));
process.once('SIGTERM', () => finish().catch(fail));
// The runner decides when a run ends; Ctrl-C reaches the whole terminal group.
process.on('SIGINT', () => undefined);

function statistics(): Record<string, unknown> {
  const { user, system } = process.cpuUsage();
  return {
    ...receiver.counts,
    forwardDropped: forwarder?.dropped ?? 0,
    peakMemoryBytes,
    cpuSeconds: (user + system) / 1e6,
  };
}

async function finish(): Promise<void> {
  await receiver.close();
  await new Promise<void>((resolve) => file.end(resolve));
  say(statistics());
  process.exit(0);
}

function fail(thrown: unknown): void {
  process.stderr.write(`${String(thrown)}\n`);
  process.exit(5);
}

function say(message: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
