/** Whether a failed write may have happened: `not-applied` is said only when it certainly did not. */
export type FailedOutcome = 'not-applied' | 'unknown';

/** A request that is answered with an error: the status, a kebab-case code, and what became of its effect. */
export class RequestProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly outcome: FailedOutcome;

  constructor(status: number, code: string, options: { outcome?: FailedOutcome; cause?: unknown } = {}) {
    super(code, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RequestProblem';
    this.status = status;
    this.code = code;
    this.outcome = options.outcome ?? 'not-applied';
  }
}

export const badRequest = (code: string): RequestProblem => new RequestProblem(400, code);
export const notLoggedIn = (): RequestProblem => new RequestProblem(401, 'not-logged-in');
export const notFound = (code: string): RequestProblem => new RequestProblem(404, code);
export const conflict = (code: string): RequestProblem => new RequestProblem(409, code);
