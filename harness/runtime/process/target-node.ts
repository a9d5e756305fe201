import type { NodeDefinition, Program } from '../../model/topology.ts';
import type { LoggedProcess } from './logged-process.ts';
import type { ControlGroup } from './resources/control-group.ts';

/** A node with what it runs and where. */
export interface TargetNode {
  readonly definition: NodeDefinition;
  readonly process: LoggedProcess;
  readonly program: Program;
  /** Where its limits can be changed. */
  readonly controlGroup?: ControlGroup;
}
