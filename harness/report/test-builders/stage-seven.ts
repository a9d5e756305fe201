import { stage7 } from '../../../targets/photo-sharing/index.ts';
import type { FaultRecord } from '../../model/fault.ts';
import { edgeName, recordTopology, type TopologyRecord } from '../../model/topology.ts';

/** The real one, with every tier and every plane: as crowded as the picture in a report gets. */
export function stageSevenTopology(): TopologyRecord {
  return recordTopology(stage7.topology({ parameters: {} }));
}

/** The same fault in another topology: what it does to the nodes and edges of its zone there. */
export function outageIn(topology: TopologyRecord, zone: string, fault: FaultRecord): FaultRecord {
  const isWithin = (name: string) => name.endsWith(`.${zone}`) && !name.startsWith('clients.');
  const nodes = topology.nodes.map(({ name }) => name).filter(isWithin);
  const edges = topology.edges.filter(({ from, to }) => isWithin(from) || isWithin(to)).map(edgeName);
  const subjects = [...edges, ...nodes];
  const fromMs = fault.injectedFromMs ?? 0;
  const undoneMs = fault.undoneFromMs ?? 0;
  const probes = (probed: readonly string[], silent: boolean, atMs: number) =>
    probed.map((subject) => ({
      subject,
      expectation: silent ? 'a request across the edge finds no answer within 1000 ms' : 'it answers',
      observed: silent ? 'no answer within 1000 ms' : '200 OK',
      status: 'confirmed' as const,
      atMs,
      durationMs: silent ? 1001.2 : 6.4,
    }));
  return {
    ...fault,
    scope: { nodes, edges },
    actions: [
      ...edges.map((subject, index) => ({ atMs: fromMs + index / 8, what: 'cut' as const, subject })),
      ...nodes.map((subject, index) => ({ atMs: fromMs + 14 + index, what: 'killed' as const, subject })),
    ],
    undoActions: [
      ...edges.map((subject, index) => ({ atMs: undoneMs + index / 8, what: 'restored' as const, subject })),
      ...nodes.map((subject, index) => ({ atMs: undoneMs + 14 + index, what: 'started' as const, subject })),
    ],
    attestation: {
      before: probes(nodes, false, fromMs - 200),
      injected: probes(subjects, true, fromMs + 1100),
      undone: probes(nodes, false, undoneMs + 3000),
    },
  };
}
