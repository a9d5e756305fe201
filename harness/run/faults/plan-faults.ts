import { Problem } from '../../base/errors.ts';
import { formatDuration } from '../../model/analysis/format.ts';
import type { Fault, FaultScope, ScheduledFault } from '../../model/fault.ts';
import type { NodePreparation, Preparations } from '../../model/resource-control.ts';
import type { RunningTarget } from '../../model/running-target.ts';
import type { TopologyRecord } from '../../model/topology.ts';

/** A fault with all that it will touch. */
export interface PlannedFault extends ScheduledFault {
  readonly scope: FaultScope;
}

export interface FaultSurroundings {
  readonly topology: TopologyRecord;
  readonly holdMs: number;
  /** Undefined: any. */
  readonly driver: RunningTarget['driver'] | undefined;
}

/** Gives every fault its time and its scope. What is wrong with any of them is added to `problems`. */
export function planFaults(
  faults: readonly (Fault | ScheduledFault)[],
  surroundings: FaultSurroundings,
  problems: string[],
): PlannedFault[] {
  return faults.map((given, index) => {
    const planned = 'fault' in given ? given : { fault: given, startMs: 0, durationMs: null };
    const { fault } = planned;
    const where = `faults[${index}]`;
    problems.push(...fault.problems.map((problem) => `${where}.${problem}`));
    problems.push(...timeProblems(planned, surroundings).map((problem) => `${where} (${fault.kind}): ${problem}`));
    const refusal = surroundings.driver === undefined ? null : fault.refusal(surroundings.driver);
    if (refusal !== null)
      problems.push(`${where}: ${fault.kind} cannot be done by the ${surroundings.driver} driver: ${refusal}`);
    return { ...planned, scope: scopeOf(fault, { where, problems, topology: surroundings.topology }) };
  });
}

/** What the nodes need from bring-up on, for all of these faults together. */
export function preparationsFor(faults: readonly Pick<PlannedFault, 'fault' | 'scope'>[]): Preparations {
  const preparations = new Map<string, NodePreparation>();
  for (const { fault, scope } of faults) {
    for (const node of scope.nodes) preparations.set(node, { ...preparations.get(node), ...fault.preparation });
  }
  return preparations;
}

function scopeOf(
  fault: Fault,
  { where, problems, topology }: { where: string; problems: string[]; topology: TopologyRecord },
): FaultScope {
  try {
    return fault.scope(topology);
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    const end = /[.?!]$/.test(thrown.message) ? '' : '.';
    problems.push(
      `${where} (${fault.kind}): ${thrown.message}${thrown.hint === undefined ? '' : `${end} ${thrown.hint}`}`,
    );
    return { nodes: [], edges: [] };
  }
}

function timeProblems({ fault, startMs, durationMs }: ScheduledFault, { holdMs }: FaultSurroundings): string[] {
  const problems: string[] = [];
  const hold = `the hold phase lasts ${formatDuration(holdMs)}`;
  if (!(startMs >= 0)) problems.push(`startMs: expected 0 or more, got ${startMs}`);
  if (durationMs !== null && !(durationMs > 0)) problems.push(`durationMs: expected more than 0, got ${durationMs}`);
  if (durationMs !== null && fault.isEvent) problems.push('durationMs: expected none, since it is over at once');
  const endMs = startMs + (durationMs ?? 0);
  if (startMs > 0 && startMs >= holdMs) {
    problems.push(`it begins ${formatDuration(startMs)} after the injection, but ${hold}`);
  } else if (endMs > holdMs) {
    problems.push(`it ends ${formatDuration(endMs)} after the injection, but ${hold}`);
  }
  return problems;
}
