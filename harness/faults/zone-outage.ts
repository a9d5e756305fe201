import type { Fault, FaultAction } from '../model/fault.ts';
import { attestEdges, attestNodes } from './attestation.ts';
import { edgesTouchingZone, expectZone, nodesInZone } from './selection.ts';

/**
 * Power loss of a whole zone: every edge of it is cut first, so that no FIN of a dying process reaches the others,
 * then every process is killed with SIGKILL. Pages that were written but not yet fsynced are not lost.
 * Undo: edges back, then every node started again and awaited until it is ready.
 */
export function zoneOutage({ zone }: { zone: string }): Fault {
  return {
    kind: 'zone-outage',
    title: `Power loss of ${zone}`,
    parameters: { zone },
    scope(topology) {
      return { nodes: nodesInZone(topology, expectZone(topology, zone)), edges: edgesTouchingZone(topology, zone) };
    },
    async inject({ target, network }, { nodes, edges }): Promise<FaultAction[]> {
      const cut = await network.cut(edges);
      const killed = await target.kill(nodes);
      return [
        ...cut.map(({ edge, atMs }): FaultAction => ({ atMs, what: 'cut', subject: edge })),
        ...killed.map(
          ({ node, signalledAtMs }): FaultAction => ({ atMs: signalledAtMs, what: 'killed', subject: node }),
        ),
      ];
    },
    async undo({ target, network, clock }, { nodes, edges }): Promise<FaultAction[]> {
      const restored = await network.restore(edges);
      const startedAtMs = clock.now();
      await target.start(nodes);
      return [
        ...restored.map(({ edge, atMs }): FaultAction => ({ atMs, what: 'restored', subject: edge })),
        ...nodes.map((node): FaultAction => ({ atMs: startedAtMs, what: 'started', subject: node })),
      ];
    },
    async attest(context, { nodes, edges }, expected) {
      const probes = await Promise.all([
        attestEdges(context, edges, expected === 'injected' ? 'silent' : 'answering'),
        attestNodes(context, nodes, expected === 'injected' ? 'gone' : 'running'),
      ]);
      return probes.flat();
    },
  };
}
