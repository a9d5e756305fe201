import { isSpanContextValid, trace } from '@opentelemetry/api';
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export interface LogIdentity {
  node: string;
  zone: string;
}

/**
 * JSON lines on standard output: `time` (epoch ms), `level` (a word), `msg`, `node`, `zone`, and inside a span
 * `trace_id` and `span_id`. A line with an `event` field is an event that the failover timeline is made of.
 */
export function createLog({ node, zone }: LogIdentity): Logger {
  return pino({
    level: process.env.LOG_LEVEL ?? 'info',
    base: { node, zone },
    formatters: { level: (label) => ({ level: label }) },
    mixin: traceFields,
  });
}

function traceFields(): Record<string, string> {
  const span = trace.getActiveSpan()?.spanContext();
  return span !== undefined && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
