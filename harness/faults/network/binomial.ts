/** The probability that of so many trials, each a success with this probability, at most `successes` are. */
export function atMost(successes: number, trials: number, probability: number): number {
  if (probability === 1) return successes >= trials ? 1 : 0;
  let sum = 0;
  let term = (1 - probability) ** trials;
  for (let count = 0; count <= Math.min(successes, trials); count += 1) {
    sum += term;
    term *= ((trials - count) / (count + 1)) * (probability / (1 - probability));
  }
  return Math.min(1, sum);
}

/** The probability that at least `successes` are. */
export function atLeast(successes: number, trials: number, probability: number): number {
  return atMost(trials - successes, trials, 1 - probability);
}
