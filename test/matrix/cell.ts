/** One case on one driver: a real run of the command line, and a claim about how it ends. */
export interface Cell {
  /** `mutant no-promotion on process`: unique, and what --only looks into. */
  readonly name: string;
  /** What it is a case of: the selection takes turns over these, or the many random kills would hide the rest. */
  readonly family: string;
  /** Rejects with the reason when the claim does not hold. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}
