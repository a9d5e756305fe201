import type { Span } from '../../model/telemetry.ts';
import type { Integer64, OtlpKeyValue, OtlpSpan, OtlpTraceRequest } from './otlp-schema.ts';

/** Span.SpanKind of the protocol, by number. */
const KINDS: readonly Span['kind'][] = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'];
const STATUS_ERROR = 2;
/** Longer texts (SQL, stack traces) are cut: a report shows lines, not pages. */
const TEXT_LENGTH_MAX = 300;

/**
 * Every span of a request as the record keeps it.
 * @throws Error naming what is wrong with the first span that is malformed.
 */
export function spansOf(request: OtlpTraceRequest): Span[] {
  const spans: Span[] = [];
  for (const { resource, scopeSpans } of request.resourceSpans ?? []) {
    const origin = attributesOf(resource?.attributes);
    const service = String(origin['service.name'] ?? 'unknown');
    const node = String(origin['service.instance.id'] ?? service);
    const zone = String(origin['cloud.availability_zone'] ?? 'unknown');
    for (const scope of scopeSpans ?? []) {
      for (const span of scope.spans ?? []) spans.push({ ...spanOf(span), service, node, zone });
    }
  }
  return spans;
}

function spanOf(span: OtlpSpan): Omit<Span, 'service' | 'node' | 'zone'> {
  const traceId = identifier(span.traceId, 16, 'trace id');
  const spanId = identifier(span.spanId, 8, 'span id');
  const parentSpanId = hexOf(span.parentSpanId);
  const message = span.status?.message;
  return {
    traceId,
    spanId,
    ...(parentSpanId === '' ? {} : { parentSpanId }),
    name: cut(span.name ?? ''),
    kind: KINDS[span.kind ?? 0] ?? 'internal',
    startMs: milliseconds(span.startTimeUnixNano, 'start time'),
    endMs: milliseconds(span.endTimeUnixNano, 'end time'),
    error: span.status?.code === STATUS_ERROR,
    ...(message === undefined || message === '' ? {} : { statusMessage: cut(message) }),
    attributes: attributesOf(span.attributes),
  };
}

function attributesOf(pairs: OtlpKeyValue[] | undefined): Span['attributes'] {
  const attributes: Span['attributes'] = {};
  for (const { key, value } of pairs ?? []) {
    if (key === undefined || value === undefined) continue;
    const plain =
      value.stringValue ?? value.boolValue ?? value.doubleValue ?? (value.intValue && Number(String(value.intValue)));
    if (plain !== undefined) attributes[key] = typeof plain === 'string' ? cut(plain) : plain;
  }
  return attributes;
}

function identifier(value: Uint8Array | string | undefined, bytes: number, what: string): string {
  const hex = hexOf(value);
  if (!/^[0-9a-f]+$/.test(hex) || hex.length !== bytes * 2) {
    throw new Error(`a span's ${what} must have ${bytes} bytes, got "${cut(hex)}"`);
  }
  return hex;
}

/** The JSON form of the protocol carries identifiers in hexadecimal, not in base64. */
function hexOf(value: Uint8Array | string | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value.toLowerCase() : Buffer.from(value).toString('hex');
}

function milliseconds(nanoseconds: Integer64 | undefined, what: string): number {
  const text = String(nanoseconds ?? '');
  if (!/^\d{1,20}$/.test(text))
    throw new Error(`a span's ${what} must be nanoseconds since the epoch, got "${cut(text)}"`);
  const whole = BigInt(text);
  return Number(whole / 1_000_000n) + Number(whole % 1_000_000n) / 1e6;
}

function cut(text: string): string {
  return text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX)}…`;
}
