/**
 * Preloaded into every service with `node --import`: traces HTTP, SQL and Redis calls and sends them as OTLP/HTTP
 * protobuf to OTEL_EXPORTER_OTLP_ENDPOINT. Without that variable, and with the mutant `telemetry-off`, nothing is sent,
 * but trace context is still passed on.
 *
 *   service code -> instrumentation -> batch (500 ms) -> exporter -> <endpoint>/v1/traces
 *
 * Only the trace SDK and the instrumentations in use are loaded: the full automatic set-up costs about half of a
 * service's throughput.
 */
import type { IncomingMessage } from 'node:http';
import { register } from 'node:module';
import { basename, dirname } from 'node:path';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

/** Polled several times a second by load balancers, geoDNS and Prometheus: spans of these would bury the rest. */
const UNTRACED_PATHS = new Set(['/healthz', '/metrics', '/primary', '/replica', '/standby', '/state']);

/** Batches hold what a SIGKILL loses, so they are kept short. */
const FLUSH_INTERVAL_MS = 500;

// Modules that are imported, not required, can be patched only through this hook, and only when it comes first.
register('@opentelemetry/instrumentation/hook.mjs', import.meta.url, {
  data: { include: ['pg', 'pg-pool', 'ioredis'] },
});

const provider = new TracerProvider({
  resource: resourceFromAttributes({
    'service.name': basename(dirname(process.argv[1] ?? 'unknown/main.ts')),
    'service.instance.id': process.env.FAULTLINE_NODE ?? 'unknown',
    'cloud.availability_zone': process.env.FAULTLINE_ZONE ?? 'unknown',
    'faultline.run': process.env.FAULTLINE_RUN ?? 'unknown',
  }),
  spanProcessors: spanProcessors(),
});

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(provider);
registerInstrumentations({
  tracerProvider: provider,
  instrumentations: [
    new HttpInstrumentation({
      ignoreIncomingRequestHook: ({ url }: IncomingMessage) => isUntraced(url),
      requireParentforOutgoingSpans: true,
    }),
    new UndiciInstrumentation({ ignoreRequestHook: ({ path }) => isUntraced(path), requireParentforSpans: true }),
    new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true }),
    // Only the command: keys of the cache contain session tokens.
    new IORedisInstrumentation({ requireParentSpan: true, dbStatementSerializer: (command) => command }),
  ],
});

// What is finished by now leaves at once; whoever ends the process (shutdown.ts) flushes the rest.
process.on('SIGTERM', () => {
  provider.forceFlush().catch(() => undefined);
});

function spanProcessors(): SpanProcessor[] {
  const endpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!endpoint || process.env.FAULTLINE_MUTANT === 'telemetry-off') return [];
  const exporter = new OTLPTraceExporter({ url: new URL('/v1/traces', endpoint).href, timeoutMillis: 3000 });
  return [
    new BatchSpanProcessor({
      exporter,
      scheduledDelayMillis: FLUSH_INTERVAL_MS,
      exportTimeoutMillis: 5000,
      maxQueueSize: 16_384,
      maxExportBatchSize: 512,
    }),
  ];
}

function isUntraced(url: string | undefined): boolean {
  return UNTRACED_PATHS.has((url ?? '').split('?', 1)[0] ?? '');
}
