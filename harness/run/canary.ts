import { messageOf, Problem } from '../base/errors.ts';
import type { RunManifest } from '../model/run-record.ts';
import { startsWithTarget, type Topology } from '../model/topology.ts';
import type { PrometheusClient } from '../telemetry/prometheus.ts';
import type { LoadGenerator } from './load-generator.ts';
import type { SpanReceiver } from './span-receiver.ts';

const FIRST_SCRAPE_TIMEOUT_MS = 20_000;
const TRACE_TIMEOUT_MS = 10_000;
/** The client's own span and the web server's entry span. */
const SPANS = 2;

export interface CanaryPipelines {
  readonly topology: Topology;
  readonly prometheus: PrometheusClient;
  readonly generator: LoadGenerator;
  readonly receiver: SpanReceiver;
  readonly signal: AbortSignal;
  note(text: string): void;
}

/**
 * Sends one of each through every pipeline and sees it arrive: without that no verdict could be trusted. A pipeline that
 * stays silent is told, and the run goes on: the check of that name turns inconclusive. Then every user logs in.
 * @throws Problem `sessions-not-open`.
 */
export async function sendCanary(pipelines: CanaryPipelines): Promise<RunManifest['canary']> {
  const { topology, prometheus, generator, signal } = pipelines;
  const targets = topology.nodes.filter((node) => node.metrics !== undefined && startsWithTarget(node)).length;
  const metrics = async () => {
    await prometheus.awaitFirstScrape({ targets, timeoutMs: FIRST_SCRAPE_TIMEOUT_MS, signal });
    return `Prometheus scraped ${targets} targets`;
  };
  // Both together, so that an abort, which ends both, leaves none behind that nobody listens to.
  const results = await Promise.all([operation(pipelines), seen('metrics', pipelines, metrics).then((one) => [one])]);
  const sessions = await generator.openSessions(signal);
  if (sessions.failed > 0) {
    throw new Problem(`${sessions.failed} of ${sessions.users + sessions.failed} users could not log in`, {
      code: 'sessions-not-open',
      hint: "The logs of the web servers in the run's folder say why.",
    });
  }
  return results.flat();
}

async function operation(pipelines: CanaryPipelines): Promise<RunManifest['canary']> {
  const { generator, receiver, signal } = pipelines;
  const { outcome, traceId, detail } = await generator.canary(signal);
  return [
    await seen('operations', pipelines, async () => {
      if (outcome !== 'ok') throw new Error(`the first operation ended with ${outcome}: ${detail}`);
      return detail;
    }),
    await seen('traces', pipelines, async () => {
      const spans = await receiver.awaitTrace(traceId, { spans: SPANS, timeoutMs: TRACE_TIMEOUT_MS, signal });
      return `${spans} spans of trace ${traceId} arrived`;
    }),
  ];
}

async function seen(
  pipeline: string,
  { signal, note }: CanaryPipelines,
  prove: () => Promise<string>,
): Promise<RunManifest['canary'][number]> {
  try {
    return { pipeline, seen: true, detail: await prove() };
  } catch (thrown) {
    signal.throwIfAborted();
    note(`The canary for ${pipeline} did not arrive: ${messageOf(thrown)}`);
    return { pipeline, seen: false, detail: messageOf(thrown) };
  }
}
