import { didYouMean } from '../base/closest.ts';
import { EXIT_USAGE, Problem } from '../base/errors.ts';
import { formatList } from '../model/analysis/format.ts';
import { type BlastRadius, blastRadiusGuards } from '../model/blast-radius.ts';
import { type Experiment, type ParameterDefinition, type Target, targetsOf } from '../model/experiment.ts';
import type { Objectives } from '../model/run-record.ts';
import type { Load, ParameterValue, PhaseLengths } from '../model/run-settings.ts';
import type { RunningTarget } from '../model/running-target.ts';
import {
  HARNESS_GUARDS,
  parseStopCondition,
  STOP_CONDITION_FORMS,
  type StopCondition,
} from '../model/stop-condition.ts';
import { recordTopology, type Topology } from '../model/topology.ts';
import { computedProblems, experimentProblems } from './experiment-fields.ts';
import { type PlannedFault, planFaults } from './faults/plan-faults.ts';

/** An experiment with every choice made and every selector resolved: nothing in it can still be wrong. */
export interface RunPlan {
  readonly experiment: Experiment;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly mutant: string | null;
  readonly seed: number;
  readonly load: Load;
  readonly phases: PhaseLengths;
  readonly objectives: Objectives;
  readonly topology: Topology;
  readonly faults: readonly PlannedFault[];
  readonly isolatedZone: string | null;
  readonly blastRadius: BlastRadius | null;
  readonly stopConditions: readonly StopCondition[];
}

export interface PlanChoices {
  /** `key=value` texts, as typed after --set. */
  readonly set: readonly string[];
  /** The name of one of the experiment's targets, in place of the one where it is at home. */
  readonly target?: string;
  readonly seed?: number;
  readonly ratePerSecond?: number;
  readonly usersPerRegion?: number;
  readonly mutant?: string;
  /** Stop conditions as typed after --stop, besides those of the experiment. */
  readonly stop?: readonly string[];
  /** What it will run on: a fault that this cannot do is refused. */
  readonly driver?: RunningTarget['driver'];
}

/** What every experiment can be told, besides its own parameters: the lengths of its phases, in seconds. */
const PHASE_PARAMETERS = {
  warmUp: 'warmUpMs',
  steady: 'steadyStateMs',
  hold: 'holdMs',
  recovery: 'recoveryMs',
  drain: 'drainMs',
} as const satisfies Record<string, keyof PhaseLengths>;
const PHASE_SECONDS_MAX = 3600;

/** The definitions behind --set for this experiment, phase lengths included. */
export function parametersOf(experiment: Experiment): Record<string, ParameterDefinition> {
  const phases = Object.entries(PHASE_PARAMETERS).map(([name, field]): [string, ParameterDefinition] => [
    name,
    {
      summary: `length of the ${name === 'warmUp' ? 'warm-up' : name} phase in seconds`,
      default: experiment.phases[field] / 1000,
      minimum: 0,
      maximum: PHASE_SECONDS_MAX,
    },
  ]);
  return { ...experiment.parameters, ...Object.fromEntries(phases) };
}

/**
 * Checks every choice and resolves every selector, before anything is started.
 * @throws Problem `bad-input` that lists all problems at once, each with what is accepted.
 */
export function planRun(claim: Experiment, choices: PlanChoices): RunPlan {
  expectWhole(claim);
  const experiment = { ...claim, target: chooseTarget(claim, choices.target) };
  const problems: string[] = [];
  const definitions = parametersOf(experiment);
  const values: Record<string, ParameterValue> = {};
  for (const [name, { default: value }] of Object.entries(definitions)) values[name] = value;
  for (const text of choices.set) assign(text, definitions, values, problems);
  if (choices.ratePerSecond !== undefined && !(choices.ratePerSecond > 0 && choices.ratePerSecond <= 5000)) {
    problems.push(`--rate: expected operations per second from 1 to 5000, got ${choices.ratePerSecond}`);
  }
  const { usersPerRegion } = choices;
  if (
    usersPerRegion !== undefined &&
    !(Number.isInteger(usersPerRegion) && usersPerRegion >= 1 && usersPerRegion <= 100_000)
  ) {
    problems.push(`--users: expected a whole number of users per region from 1 to 100000, got ${usersPerRegion}`);
  }
  if (choices.seed !== undefined && !Number.isSafeInteger(choices.seed)) {
    problems.push(`--seed: expected a whole number, got ${choices.seed}`);
  }
  problems.push(...mutantProblems(experiment, choices.mutant));
  const stopConditions = stopConditionsOf(experiment, choices.stop ?? [], problems);
  if (problems.length > 0) throw badInput(experiment, problems);
  return resolve(experiment, values, { ...choices, stopConditions });
}

function chooseTarget(experiment: Experiment, name = experiment.target.name): Target {
  const targets = targetsOf(experiment);
  const found = targets.find((target) => target.name === name);
  if (found !== undefined) return found;
  const names = targets.map((target) => target.name);
  throw new Problem(`${experiment.name} does not apply to "${name}"${didYouMean(name, names)}`, {
    code: 'target-does-not-fit',
    hint: `It applies to ${formatList(names)}.`,
    exitCode: EXIT_USAGE,
  });
}

/** All that are watched: the guards of the harness, those of the experiment, those that were typed. */
function stopConditionsOf(experiment: Experiment, typed: readonly string[], problems: string[]): StopCondition[] {
  const parsed = typed.flatMap((text) => {
    const condition = parseStopCondition(text);
    if (condition === undefined) problems.push(`--stop "${text}": expected ${STOP_CONDITION_FORMS}`);
    return condition ?? [];
  });
  return [...HARNESS_GUARDS, ...(experiment.stopConditions ?? []), ...parsed];
}

function resolve(
  experiment: Experiment,
  values: Record<string, ParameterValue>,
  choices: PlanChoices & Pick<RunPlan, 'stopConditions'>,
): RunPlan {
  const phases = { ...experiment.phases };
  const parameters: Record<string, ParameterValue> = {};
  for (const [name, value] of Object.entries(values)) {
    const field = PHASE_PARAMETERS[name as keyof typeof PHASE_PARAMETERS];
    if (field === undefined) parameters[name] = value;
    else phases[field] = Number(value) * 1000;
  }
  const mutant = choices.mutant ?? null;
  const topology = experiment.target.topology({ parameters, ...(mutant === null ? {} : { mutant }) });
  const surroundings = { topology: recordTopology(topology), holdMs: phases.holdMs, driver: choices.driver };
  const objectives = experiment.objectives(parameters);
  const blastRadius = experiment.blastRadius?.(parameters) ?? null;
  const problems = [
    ...computedProblems('objectives', objectives),
    ...(blastRadius === null ? [] : computedProblems('blastRadius', blastRadius)),
  ];
  const faults = planFaults(experiment.faults(parameters, surroundings.topology), surroundings, problems);
  if (problems.length > 0) throw badInput(experiment, problems);
  return {
    experiment,
    parameters,
    mutant,
    seed: choices.seed ?? experiment.seed,
    load: {
      ...experiment.load,
      ratePerSecond: choices.ratePerSecond ?? experiment.load.ratePerSecond,
      usersPerRegion: choices.usersPerRegion ?? experiment.load.usersPerRegion,
    },
    phases,
    objectives,
    topology,
    faults,
    isolatedZone: experiment.isolatedZone(parameters),
    blastRadius,
    stopConditions: [...choices.stopConditions, ...(blastRadius === null ? [] : blastRadiusGuards(blastRadius))],
  };
}

function assign(
  text: string,
  definitions: Record<string, ParameterDefinition>,
  values: Record<string, ParameterValue>,
  problems: string[],
): void {
  const [, name, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    problems.push(`--set ${text}: expected key=value`);
    return;
  }
  const definition = definitions[name];
  if (definition === undefined) {
    problems.push(`--set ${text}: there is no parameter "${name}"${didYouMean(name, Object.keys(definitions))}`);
    return;
  }
  const parsed = parseValue(value, definition);
  if (parsed === undefined) problems.push(`--set ${text}: expected ${acceptedValues(definition)}`);
  else values[name] = parsed;
}

function parseValue(text: string, definition: ParameterDefinition): ParameterValue | undefined {
  const { default: example, choices, minimum, maximum } = definition;
  if (typeof example === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  if (typeof example === 'string') return choices === undefined || choices.includes(text) ? text : undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) return undefined;
  if (choices !== undefined) return choices.includes(value) ? value : undefined;
  return value >= (minimum ?? -Infinity) && value <= (maximum ?? Infinity) ? value : undefined;
}

/** `us-east or us-west`, `a number from 0 to 3600`. */
export function acceptedValues({ default: example, choices, minimum, maximum }: ParameterDefinition): string {
  if (choices !== undefined) return choices.join(' or ');
  if (typeof example === 'boolean') return 'true or false';
  if (typeof example === 'string') return 'a text';
  return `a number${minimum === undefined ? '' : ` from ${minimum}`}${maximum === undefined ? '' : ` to ${maximum}`}`;
}

function mutantProblems({ target }: Experiment, mutant: string | undefined): string[] {
  if (mutant === undefined || target.mutants.some(({ name }) => name === mutant)) return [];
  const names = target.mutants.map(({ name }) => name);
  const meant = didYouMean(mutant, names);
  return [`--mutant ${mutant}: ${target.name} has no such mutant${meant} It has: ${names.join(', ')}`];
}

/** @throws Problem `bad-experiment` that lists every field which is not as it must be. */
function expectWhole(experiment: Experiment): void {
  const problems = experimentProblems(experiment);
  if (problems.length === 0) return;
  throw new Problem(problems.join('\n'), {
    code: 'bad-experiment',
    hint: `The experiment's own file has to be mended; "npm run check" shows what its types say.`,
    exitCode: EXIT_USAGE,
  });
}

function badInput(experiment: Experiment, problems: readonly string[]): Problem {
  const parameters = Object.keys(parametersOf(experiment)).join(', ');
  return new Problem(problems.join('\n'), {
    code: 'bad-input',
    hint: `Parameters of ${experiment.name}: ${parameters}. See npm run experiment ${experiment.name} -- --help.`,
    exitCode: EXIT_USAGE,
  });
}
