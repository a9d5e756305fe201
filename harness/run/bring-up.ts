import type { Target } from '../model/experiment.ts';
import type { RunningTarget } from '../model/running-target.ts';
import type { Topology } from '../model/topology.ts';
import type { PreparedDriver } from '../runtime/driver.ts';
import { SpanReceiver } from './span-receiver.ts';

export interface BringUpOptions {
  driver: PreparedDriver;
  target: Target;
  topology: Topology;
  runId: string;
  /** Where the nodes' logs go. */
  logs: string;
  /** Where the spans go, as JSON lines. */
  spans: string;
  seed: number;
  onNodeReady(node: string, ready: number, total: number): void;
  signal: AbortSignal;
}

/** A target that is up, and the receiver of its spans. */
export interface Site {
  running: RunningTarget;
  receiver: SpanReceiver;
}

/** Brings a target up with the receiver of its spans; when that fails, nothing of either is left. */
export async function bringUp(options: BringUpOptions): Promise<Site> {
  const { driver, target, topology, runId, logs, spans, seed, onNodeReady, signal } = options;
  const forwardTo = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  let receiver: SpanReceiver | undefined;
  let ready = 0;
  try {
    const running = await driver.start(topology, {
      runId,
      logDirectory: logs,
      sources: target.sources,
      collector: async (host) => {
        receiver = await SpanReceiver.start({ host, spans, forwardTo, signal });
        return receiver.address;
      },
      seed,
      onNodeReady: (node) => {
        ready += 1;
        onNodeReady(node, ready, topology.nodes.length);
      },
      signal,
    });
    if (receiver === undefined) throw new Error(`the ${driver.name} driver started no collector`);
    return { running, receiver };
  } catch (thrown) {
    await receiver?.end();
    throw thrown;
  }
}
