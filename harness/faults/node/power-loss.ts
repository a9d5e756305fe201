import type { AttestationProbe, FaultAction, FaultContext, FaultScope, Look } from '../../model/fault.ts';
import { CUT } from '../../model/running-target.ts';
import { lastingScope, type Selectable } from '../../model/selector.ts';
import { edgeName } from '../../model/topology.ts';
import { edgeActions } from '../actions.ts';
import { attestEdges } from '../attestation.ts';
import { attestNodes } from '../node-attestation.ts';
import { killNodes, startAgain } from './ending.ts';

/**
 * What a zone and a host have in common when their power goes: every edge is cut first, so that no FIN of a dying
 * process reaches the others, then every process is killed. Pages that were written but not yet fsynced are not lost.
 */
export const powerLoss = {
  undone:
    'The edges carry again; then the nodes are started where they were and awaited until they are ready, but for those that start on request.',
  attested: 'A request across each edge finds no answer, and the operating system or the engine knows no process.',

  async inject({ target, network }: FaultContext, { nodes, edges }: FaultScope): Promise<FaultAction[]> {
    const cut = edgeActions('cut', await network.impair(edges, CUT));
    return [...cut, ...(await killNodes({ target }, nodes))];
  },

  async undo({ target, network, clock }: FaultContext, { nodes, edges }: FaultScope): Promise<FaultAction[]> {
    const restored = edgeActions('restored', await network.heal(edges));
    const { nodes: lasting } = lastingScope(target.topology, { nodes, edges });
    return [...restored, ...(await startAgain({ target, clock }, lasting))];
  },

  async attest(context: FaultContext, scope: FaultScope, { expected }: Look): Promise<AttestationProbe[]> {
    const lasting = lastingScope(context.target.topology, scope);
    const probes = await Promise.all(
      expected === 'injected'
        ? [attestEdges(context, scope.edges, 'silent'), attestNodes(context, scope.nodes, 'gone')]
        : [attestEdges(context, lasting.edges, 'answering'), attestNodes(context, lasting.nodes, 'running')],
    );
    return probes.flat();
  },

  /** The nodes, and every edge that begins or ends at one of them. */
  scope(topology: Selectable, nodes: readonly string[]): FaultScope {
    const touching = topology.edges.filter(({ from, to }) => nodes.includes(from) || nodes.includes(to));
    return { nodes, edges: touching.map(edgeName) };
  },
};
