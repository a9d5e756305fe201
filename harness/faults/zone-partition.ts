import type { Fault, FaultAction } from '../model/fault.ts';
import { attestEdges, attestNodes } from './attestation.ts';
import { edgesCrossingZone, emptySelector, expectZone, nodesInZone } from './selection.ts';

/**
 * A zone that runs on but can reach nobody outside, and nobody can reach it. The telemetry plane is spared unless
 * `includeTelemetry`. The proxies accept connections and leave them unanswered, where a kernel would drop packets.
 * Undo: edges back; connections that were cut are closed.
 */
export function zonePartition({ zone, includeTelemetry = false }: { zone: string; includeTelemetry?: boolean }): Fault {
  return {
    kind: 'zone-partition',
    title: `Network partition that isolates ${zone}`,
    parameters: { zone, includeTelemetry },
    scope(topology) {
      const edges = edgesCrossingZone(topology, expectZone(topology, zone), { includeTelemetry });
      if (edges.length > 0) return { nodes: [], edges };
      throw emptySelector(
        `No edge of ${topology.name} crosses the border of "${zone}"`,
        'Name a zone that others talk to.',
      );
    },
    async inject({ network }, { edges }): Promise<FaultAction[]> {
      const cut = await network.cut(edges);
      return cut.map(({ edge, atMs }) => ({ atMs, what: 'cut', subject: edge }));
    },
    async undo({ network }, { edges }): Promise<FaultAction[]> {
      const restored = await network.restore(edges);
      return restored.map(({ edge, atMs }) => ({ atMs, what: 'restored', subject: edge }));
    },
    async attest(context, { edges }, expected) {
      const probes = await Promise.all([
        attestEdges(context, edges, expected === 'injected' ? 'silent' : 'answering'),
        attestNodes(context, nodesInZone(context.target.topology, zone), 'running'),
      ]);
      return probes.flat();
    },
  };
}
