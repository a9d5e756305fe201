import { hostname } from 'node:os';
import { type ProcessIdentity, startTimeOf } from '../process-table.ts';

/** On every container and network of a run: the run's id. */
export const RUN_LABEL = 'io.faultline.run';
/** The harness that made it, so that what a dead one left behind can be told from what is in use. */
const OWNER_LABEL = 'io.faultline.owner';
/** On containers: the node's name. */
export const NODE_LABEL = 'io.faultline.node';

/** A harness, as a label tells it. An engine may serve several machines: only its own can say whether it lives. */
export interface EngineOwner extends ProcessIdentity {
  readonly host: string;
}

/** The labels of all that belongs to a run of this process. */
export function labelsOf(runId: string): Record<string, string> {
  const owner: EngineOwner = { host: hostname(), pid: process.pid, startTime: startTimeOf(process.pid) ?? '' };
  return { [RUN_LABEL]: runId, [OWNER_LABEL]: JSON.stringify(owner) };
}

/** Null when the label is none of ours. */
export function ownerIn(labels: Readonly<Record<string, string>>): EngineOwner | null {
  try {
    const { host, pid, startTime } = JSON.parse(labels[OWNER_LABEL] ?? '') as EngineOwner;
    return { host, pid, startTime };
  } catch {
    return null;
  }
}
