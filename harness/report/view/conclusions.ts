import type { CheckVerdict, RunVerdict } from '../../model/verdict.ts';

/** A judged run: what `judge` gives. */
export interface Judgement {
  verdict: RunVerdict;
  verdicts: CheckVerdict[];
}

/** The checks, sorted into what a reader acts on. */
export interface Conclusions {
  broke: CheckVerdict[];
  undecided: CheckVerdict[];
  held: CheckVerdict[];
  /** What to do, each with the check that asks for it. */
  fixes: { advice: string; because: string; check: string }[];
}

export function conclusionsOf({ verdicts }: Judgement): Conclusions {
  const withStatus = (status: CheckVerdict['status']) => verdicts.filter((verdict) => verdict.status === status);
  const broke = withStatus('deviated');
  return {
    broke,
    undecided: withStatus('inconclusive'),
    held: withStatus('passed'),
    fixes: broke.flatMap(({ advice, title, check }) =>
      advice === undefined ? [] : [{ advice, because: title, check }],
    ),
  };
}
