/** What an experiment or a target is written with. */
export * from './checks/index.ts';
export { zoneOutage } from './faults/zone-outage.ts';
export { zonePartition } from './faults/zone-partition.ts';
export type { Experiment, ParameterDefinition, Target, TargetOptions, TargetProbes } from './model/experiment.ts';
export type { Objectives } from './model/run-record.ts';
export type { Load, PhaseLengths } from './model/run-settings.ts';
export type { Edge, NodeDefinition, Program, Topology, Wiring, Zone } from './model/topology.ts';
