import protobuf from 'protobufjs';

/**
 * The part of the OpenTelemetry trace protocol that is read here; fields that are not listed are skipped.
 * Field numbers: opentelemetry-proto 1.x, trace/v1/trace.proto and common/v1/common.proto.
 */
const SCHEMA = `
  syntax = "proto3";
  message ExportTraceServiceRequest { repeated ResourceSpans resourceSpans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes traceId = 1;
    bytes spanId = 2;
    bytes parentSpanId = 4;
    string name = 5;
    int32 kind = 6;
    fixed64 startTimeUnixNano = 7;
    fixed64 endTimeUnixNano = 8;
    repeated KeyValue attributes = 9;
    Status status = 15;
  }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value {
      string stringValue = 1;
      bool boolValue = 2;
      int64 intValue = 3;
      double doubleValue = 4;
    }
  }
`;

/** 64-bit integers arrive as text in JSON and as Long or number from protobuf. */
export type Integer64 = string | number | { toString(): string };

export interface OtlpKeyValue {
  key?: string;
  value?: { stringValue?: string; boolValue?: boolean; intValue?: Integer64; doubleValue?: number };
}

export interface OtlpSpan {
  traceId?: Uint8Array | string;
  spanId?: Uint8Array | string;
  parentSpanId?: Uint8Array | string;
  name?: string;
  kind?: number;
  startTimeUnixNano?: Integer64;
  endTimeUnixNano?: Integer64;
  attributes?: OtlpKeyValue[];
  status?: { message?: string; code?: number };
}

export interface OtlpTraceRequest {
  resourceSpans?: {
    resource?: { attributes?: OtlpKeyValue[] };
    scopeSpans?: { spans?: OtlpSpan[] }[];
  }[];
}

const requestType = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('ExportTraceServiceRequest');

/** @throws Error when the bytes are not such a message. */
export function decodeTraceRequest(body: Uint8Array): OtlpTraceRequest {
  // A plain object: a decoded message answers for fields that were never sent with the defaults of its prototype.
  return requestType.toObject(requestType.decode(body), { longs: String }) as OtlpTraceRequest;
}

/** The inverse, for tests and for whoever sends spans by hand. */
export function encodeTraceRequest(request: OtlpTraceRequest): Uint8Array {
  return requestType.encode(requestType.fromObject(request)).finish();
}
