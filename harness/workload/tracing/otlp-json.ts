import type { TraceRoot } from './trace.ts';

/** A finished operation of a client, as it goes to the collector. */
export interface ClientSpan extends TraceRoot {
  name: string;
  region: string;
  startMs: number;
  endMs: number;
  /** Left out: the operation went well. */
  error?: string;
  attributes: Record<string, string | number | boolean>;
}

/** Numbers of the protocol: Span.SpanKind, Status.StatusCode. */
const KIND_CLIENT = 3;
const STATUS_ERROR = 2;

/** An OTLP/HTTP trace request in its JSON form, with one resource for the clients of each region. */
export function encodeClientSpans(spans: readonly ClientSpan[]): string {
  const byRegion = Map.groupBy(spans, ({ region }) => region);
  const resourceSpans = [...byRegion].map(([region, regional]) => ({
    resource: {
      attributes: attributeList({
        'service.name': 'client',
        'service.instance.id': `clients.${region}`,
        'cloud.availability_zone': 'clients',
      }),
    },
    scopeSpans: [{ scope: { name: 'faultline.workload' }, spans: regional.map(encodeSpan) }],
  }));
  return JSON.stringify({ resourceSpans });
}

function encodeSpan({ traceId, spanId, name, startMs, endMs, error, attributes }: ClientSpan) {
  return {
    traceId,
    spanId,
    name,
    kind: KIND_CLIENT,
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: attributeList(attributes),
    ...(error === undefined ? {} : { status: { code: STATUS_ERROR, message: error } }),
  };
}

function attributeList(attributes: ClientSpan['attributes']) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: encodeValue(value) }));
}

function encodeValue(value: string | number | boolean) {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** As text: a number of nanoseconds since the epoch does not fit into a double. */
function nanoseconds(epochMs: number): string {
  const whole = Math.floor(epochMs);
  const fraction = Math.min(999_999, Math.round((epochMs - whole) * 1e6));
  return `${whole}${String(fraction).padStart(6, '0')}`;
}
