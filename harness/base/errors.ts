/** Exit codes of every command; the verdicts' own codes stand in `model/verdict.ts`. */
export const EXIT_USAGE = 4;
export const EXIT_FAILED = 5;

export interface ProblemOptions {
  /** Stable and greppable, kebab-case: `unknown-experiment`. */
  code: string;
  /** The likely cause and the next step, as a sentence. */
  hint?: string;
  exitCode?: number;
  cause?: unknown;
}

/** An error that a person is meant to read: what was expected, what came, and what to do next. */
export class Problem extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(message: string, { code, hint, exitCode = EXIT_FAILED, cause }: ProblemOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'Problem';
    this.code = code;
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === '') return thrown.errors.map(messageOf).join('; ');
  return thrown instanceof Error ? thrown.message : String(thrown);
}
