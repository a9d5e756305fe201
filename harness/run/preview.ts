import { formatDuration, formatNumberOf, formatShare } from '../model/analysis/format.ts';
import { BLAST_WINDOW_MS } from '../model/blast-radius.ts';
import type { Fault } from '../model/fault.ts';
import { describeStopCondition } from '../model/stop-condition.ts';
import type { PlannedFault } from './faults/plan-faults.ts';
import type { RunPlan } from './plan.ts';

/** What bring-up, checks, report and tear-down take besides the phases, measured on two processors. */
const AROUND_MS = 25_000;

/** What a run of this plan would do, line by line. Nothing is touched. */
export function previewPlan(plan: RunPlan, driver: string): string[] {
  const { experiment, topology, seed, load, phases, mutant, stopConditions } = plan;
  const { warmUpMs, steadyStateMs, holdMs, recoveryMs, drainMs } = phases;
  const expectedMs = AROUND_MS + warmUpMs + steadyStateMs + holdMs + recoveryMs + drainMs;
  return [
    `${experiment.name}: ${experiment.title}`,
    '',
    `Target   ${topology.title} (${topology.name}), ${formatNumberOf(topology.nodes.length, 'node')} and ${formatNumberOf(topology.edges.length, 'edge')}, by the ${driver} driver${mutant === null ? '' : `, mutant ${mutant}`}`,
    `Load     ${load.ratePerSecond} operations per second, ${load.usersPerRegion} users in each of ${Object.keys(load.regions).join(' and ')}, seed ${seed}`,
    `Phases   warm-up ${formatDuration(warmUpMs)}, steady state ${formatDuration(steadyStateMs)}, hold ${formatDuration(holdMs)}, recovery at least ${formatDuration(recoveryMs)}, drain ${formatDuration(drainMs)}`,
    `Length   about ${formatDuration(expectedMs)}, bring-up and report included`,
    '',
    ...plan.faults.flatMap((fault) => faultLines(fault, plan)),
    `Blast    ${blastRadiusWords(plan.blastRadius)}`,
    '',
    'It would be stopped, and everything taken back, on',
    ...stopConditions.map((condition) => `  ${describeStopCondition(condition)}`),
    '',
    'Nothing was started: this is a preview.',
  ];
}

function blastRadiusWords(declared: RunPlan['blastRadius']): string {
  if (declared === null) return 'no blast radius is declared';
  const { users, operations } = declared;
  return `at most ${formatShare(users)} of the users may notice, and ${formatShare(operations)} of the operations of any ${formatDuration(BLAST_WINDOW_MS)} may fail, while the faults are there`;
}

function howLong({ isEvent }: Fault, durationMs: number | null): string {
  if (isEvent) return 'over at once';
  return durationMs === null ? 'until everything is taken back' : `for ${formatDuration(durationMs)}`;
}

function faultLines({ fault, scope, startMs, durationMs }: PlannedFault, { topology, load }: RunPlan): string[] {
  const begins =
    startMs === 0 ? 'at the start of the injection' : `${formatDuration(startMs)} after the start of the injection`;
  const touched = new Set(topology.nodes.filter(({ name }) => scope.nodes.includes(name)).map(({ zone }) => zone));
  const entries = scope.edges.filter((edge) => edge.startsWith('clients.'));
  const regions = Object.keys(load.regions).filter((region) =>
    entries.some((edge) => edge.startsWith(`clients.${region}->`)),
  );
  return [
    `Fault    ${fault.title} (${fault.kind}), ${begins}, ${howLong(fault, durationMs)}`,
    `  ${formatNumberOf(scope.nodes.length, 'node')}${touched.size === 0 ? '' : ` in ${[...touched].join(', ')}`}`,
    ...scope.nodes.map((name) => `    ${name}`),
    `  ${formatNumberOf(scope.edges.length, 'edge')}`,
    ...scope.edges.map((name) => `    ${name}`),
    `  Way in of clients: ${entries.length === 0 ? 'not touched' : `${formatNumberOf(entries.length, 'edge')} of clients in ${regions.join(' and ')}`}`,
    '',
  ];
}
