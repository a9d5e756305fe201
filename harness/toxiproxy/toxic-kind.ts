import type { Attributes, Stage, StagePort } from './stage.ts';

/** What an attribute may be; its value when nothing is given is 0. */
export interface AttributeRule {
  readonly integer: boolean;
  readonly minimum: number;
  readonly maximum: number;
  readonly unit: string;
}

/** The longest time that an attribute may ask for: 2^31 - 1 ms, about 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

export const milliseconds: AttributeRule = { integer: true, minimum: 0, maximum: LONGEST_MS, unit: 'milliseconds' };
export const microseconds: AttributeRule = { integer: true, minimum: 0, maximum: LONGEST_MS, unit: 'microseconds' };
export const bytes: AttributeRule = { integer: true, minimum: 0, maximum: Number.MAX_SAFE_INTEGER, unit: 'bytes' };
export const probability: AttributeRule = { integer: false, minimum: 0, maximum: 1, unit: 'probability' };

/** What a toxic that acts on new connections decides, before the upstream is dialled. */
export type Admission = { delayMs: number } | 'refuse';

/** Decides for each new connection; made once per toxic, so it can count. */
export interface Doorkeeper {
  admit(attributes: Attributes): Admission;
}

/** One type of toxic: its name, its attributes in the order in which they are shown, and how it acts. */
export interface ToxicKind {
  readonly type: string;
  readonly attributes: Readonly<Record<string, AttributeRule>>;
  /** What is wrong with these attributes together, or undefined. */
  readonly problem?: ((attributes: Attributes) => string | undefined) | undefined;
  /** Whether it makes sense for single datagrams too. */
  readonly datagrams?: boolean;
  readonly stage: (port: StagePort, attributes: Attributes) => Stage;
  readonly doorkeeper?: () => Doorkeeper;
}

/** The same with the attributes' names known. */
interface ToxicKindOf<Name extends string> {
  readonly type: string;
  readonly attributes: Readonly<Record<Name, AttributeRule>>;
  readonly problem?: (attributes: Attributes<Name>) => string | undefined;
  readonly datagrams?: boolean;
  readonly stage: (port: StagePort, attributes: Attributes<Name>) => Stage;
  readonly doorkeeper?: () => Doorkeeper;
}

/** Forgets the attributes' names, so that different kinds fit in one list; they are checked against `attributes`. */
export function toxicKind<Name extends string>(kind: ToxicKindOf<Name>): ToxicKind {
  return kind as ToxicKind;
}
