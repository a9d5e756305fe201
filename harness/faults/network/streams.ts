import { EXIT_USAGE, Problem } from '../../base/errors.ts';
import type { FaultScope } from '../../model/fault.ts';
import { LONG_QUESTIONS, type LongQuestion } from '../../model/long-questions.ts';
import { type EdgeSelector, type OneOrMore, type Selectable, selectEdges } from '../../model/selector.ts';
import { edgeName, type Protocol, protocolOf } from '../../model/topology.ts';
import type { Direction } from '../parameters.ts';

/** What must hold of an edge, beyond carrying streams only. */
export interface StreamWishes {
  readonly kind: string;
  /** Why the fault could not be proven on an edge of this protocol; null when it can. */
  readonly problem?: (protocol: Protocol) => string | null;
}

/**
 * The selected edges, for a fault that only a stream of bytes can have.
 * @throws Problem `unprovable` (exit code 4) when it could not be proven on one of them.
 */
export function selectStreams(
  topology: Selectable,
  selectors: OneOrMore<EdgeSelector>,
  { kind, problem = () => null }: StreamWishes,
): FaultScope {
  const names = selectEdges(topology, selectors);
  const problems = topology.edges.flatMap((edge) => {
    const protocol = protocolOf(topology, edge);
    const reason = protocol === 'dns' ? 'datagrams cross it too, and they are no stream' : problem(protocol);
    return reason === null || !names.includes(edgeName(edge)) ? [] : `${edgeName(edge)} (${protocol}): ${reason}`;
  });
  if (problems.length === 0) return { nodes: [], edges: names };
  throw new Problem(`${kind} cannot be proven on ${problems.join('; ')}`, {
    code: 'unprovable',
    hint: 'Select other edges, by "to" or by "port", or change the parameters.',
    exitCode: EXIT_USAGE,
  });
}

/** Why a fault that shows only in questions of this many bytes cannot be proven in a protocol; null when it can. */
export function lengthProblem(protocol: Protocol, bytes: number, direction: Direction): string | null {
  const { bytesMax, echoed } = longQuestion(protocol);
  if (direction !== 'upstream' && !echoed) return 'only the question of a probe can be made long there, not its answer';
  if (bytes > bytesMax) {
    return `a probe would have to send ${Math.ceil(bytes)} bytes, and its question can have ${bytesMax} there`;
  }
  return null;
}

/** The longest question that a probe should ask on each of these edges, up to this many bytes. */
export function questionBytes(topology: Selectable, edges: readonly string[], bytesMax: number): Map<string, number> {
  const asked = topology.edges.filter((edge) => edges.includes(edgeName(edge)));
  return new Map(
    asked.map((edge) => [
      edgeName(edge),
      Math.min(Math.round(bytesMax), longQuestion(protocolOf(topology, edge)).bytesMax),
    ]),
  );
}

function longQuestion(protocol: Protocol): LongQuestion {
  const known = LONG_QUESTIONS[protocol];
  if (known === null) throw new Error(`No question of ${protocol} can be made long`);
  return known;
}
