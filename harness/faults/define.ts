import type { z } from 'zod';
import type {
  AttestationProbe,
  Fault,
  FaultAction,
  FaultContext,
  FaultFamily,
  FaultScope,
  Look,
} from '../model/fault.ts';
import type { NodePreparation } from '../model/resource-control.ts';
import type { RunningTarget } from '../model/running-target.ts';
import type { Selectable } from '../model/selector.ts';
import { inSentences } from '../model/sentences.ts';

type Driver = RunningTarget['driver'];

/** What a file of the catalogue says and does. `P` are its parameters, defaults filled in. */
export interface FaultDefinition<S extends z.ZodType> {
  /** `latency`: what people type. */
  readonly kind: string;
  readonly family: FaultFamily;
  /** What it does, in a sentence. */
  readonly summary: string;
  /** A strict object; every field has a description, a range, and its unit as `meta({ unit })`. */
  readonly parameters: S;
  /** How it is taken back, in a sentence. */
  readonly undone: string;
  /** What the probe asks, in a sentence. */
  readonly attested: string;
  /** As an experiment writes it. */
  readonly example: string;
  /** Drivers that cannot do it, with the reason. */
  readonly refusals?: Partial<Readonly<Record<Driver, string>>>;
  /** What it needs of every node of its scope from bring-up on; nothing when left out. */
  preparation?(parameters: z.output<S>): NodePreparation;
  title(parameters: z.output<S>): string;
  /** Throws a Problem when a selector matches nothing. */
  scope(parameters: z.output<S>, topology: Selectable): FaultScope;
  inject(parameters: z.output<S>, context: FaultContext, scope: FaultScope): Promise<FaultAction[]>;
  /** Null: an event, over as soon as it happened, that leaves nothing to take back. */
  undo: ((parameters: z.output<S>, context: FaultContext, scope: FaultScope) => Promise<FaultAction[]>) | null;
  attest(parameters: z.output<S>, context: FaultContext, scope: FaultScope, look: Look): Promise<AttestationProbe[]>;
}

/** A kind of fault: called with parameters it makes a fault; `definition` is what the catalogue tells of it. */
export interface FaultKind<S extends z.ZodType = z.ZodType> {
  (parameters: z.input<S>): Fault;
  readonly definition: FaultDefinition<S>;
}

/**
 * Makes a kind of fault. Parameters that are wrong do not throw: they are the fault's `problems`, so that all that is
 * wrong with an experiment can be told at once.
 */
export function defineFault<S extends z.ZodType>(definition: FaultDefinition<S>): FaultKind<S> {
  const { kind, parameters: schema, refusals = {} } = definition;
  const make = (given: z.input<S>): Fault => {
    const known = {
      kind,
      isEvent: definition.undo === null,
      refusal: (driver: Driver) => refusals[driver] ?? null,
    };
    const parsed = schema.safeParse(given);
    if (!parsed.success) return brokenFault(given, { ...known, problems: inSentences(kind, parsed.error, given) });
    const parameters = parsed.data;
    return {
      ...known,
      title: definition.title(parameters),
      parameters: parameters as Record<string, unknown>,
      problems: [],
      preparation: definition.preparation?.(parameters) ?? {},
      scope: (topology) => definition.scope(parameters, topology),
      inject: (context, scope) => definition.inject(parameters, context, scope),
      undo: async (context, scope) => (await definition.undo?.(parameters, context, scope)) ?? [],
      attest: (context, scope, look) => definition.attest(parameters, context, scope, look),
    };
  };
  return Object.assign(make, { definition });
}

/** Never run: a plan with problems is refused. */
function brokenFault(given: unknown, known: Pick<Fault, 'kind' | 'isEvent' | 'problems' | 'refusal'>): Fault {
  const never = async (): Promise<never> => {
    throw new Error(`${known.kind} was run although its parameters are wrong`);
  };
  return {
    ...known,
    ...{ title: known.kind, parameters: (given ?? {}) as Record<string, unknown> },
    preparation: {},
    scope: () => ({ nodes: [], edges: [] }),
    ...{ inject: never, undo: never, attest: never },
  };
}
