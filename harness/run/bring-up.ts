import type { Target } from '../model/experiment.ts';
import type { RunningTarget } from '../model/running-target.ts';
import { startsWithTarget, type Topology } from '../model/topology.ts';
import type { PreparedDriver } from '../runtime/driver.ts';
import { recordCloud } from '../runtime/run-folder.ts';
import { Cloud, type CloudAction } from './cloud/cloud.ts';
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
  /** What was done to nodes that start on request. */
  onCloudAction(action: CloudAction): void;
  onNodeReady(node: string, ready: number, total: number): void;
  signal: AbortSignal;
}

/** A target that is up, and what it reaches of the harness: the receiver of its spans, and its cloud. */
export interface Site {
  running: RunningTarget;
  receiver: SpanReceiver;
  cloud: Cloud;
}

/** Brings a target up with what it reaches of the harness; when that fails, nothing of either is left. */
export async function bringUp(options: BringUpOptions): Promise<Site> {
  const { driver, target, topology, runId, logs, spans, seed, onNodeReady, onCloudAction, signal } = options;
  const forwardTo = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  let receiver: SpanReceiver | undefined;
  let cloud: Cloud | undefined;
  let ready = 0;
  try {
    const running = await driver.start(topology, {
      runId,
      logDirectory: logs,
      sources: target.sources,
      endpoints: async (host) => {
        receiver = await SpanReceiver.start({ host, spans, forwardTo, signal });
        cloud = await Cloud.start(host);
        recordCloud(runId, cloud.address);
        return { collector: receiver.address, cloud: cloud.address };
      },
      seed,
      onNodeReady: (node) => {
        ready += 1;
        onNodeReady(node, ready, topology.nodes.filter(startsWithTarget).length);
      },
      signal,
    });
    if (receiver === undefined || cloud === undefined) throw new Error(`${driver.name} driver: no endpoints`);
    cloud.serve(running, target.probes, onCloudAction);
    return { running, receiver, cloud };
  } catch (thrown) {
    await cloud?.close();
    await receiver?.end();
    throw thrown;
  }
}
