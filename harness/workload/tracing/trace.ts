import { randomFillSync } from 'node:crypto';

/** The root of one operation's trace; ids in lower-case hexadecimal. */
export interface TraceRoot {
  traceId: string;
  spanId: string;
}

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/** Random ids: traces of two runs with one seed must not be mistaken for each other. */
export function startTrace(): TraceRoot {
  const ids = randomFillSync(Buffer.alloc(TRACE_ID_BYTES + SPAN_ID_BYTES)).toString('hex');
  return { traceId: ids.slice(0, TRACE_ID_BYTES * 2), spanId: ids.slice(TRACE_ID_BYTES * 2) };
}

/** The `traceparent` header of a request that belongs to the trace, sampled (W3C Trace Context, version 00). */
export function traceParent({ traceId, spanId }: TraceRoot): string {
  return `00-${traceId}-${spanId}-01`;
}
