/** What an experiment or a target is written with. */
export * from './checks/index.ts';
export * from './faults/catalogue.ts';
export type { BlastRadius } from './model/blast-radius.ts';
export type {
  Check,
  Experiment,
  ParameterDefinition,
  Target,
  TargetOptions,
  TargetProbes,
  Weakness,
} from './model/experiment.ts';
export { type Fault, type ScheduledFault, scheduled } from './model/fault.ts';
export type { Objectives } from './model/run-record.ts';
export type { Load, ParameterValue, PhaseLengths } from './model/run-settings.ts';
export { edges, host, node, role, tier, zone } from './model/selector.ts';
export type { StopCondition } from './model/stop-condition.ts';
export type { Edge, NodeDefinition, Program, Topology, Wiring, Zone } from './model/topology.ts';
