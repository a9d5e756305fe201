import type { Random } from '../../base/random.ts';
import type { Load } from '../../model/run-settings.ts';
import type { ClientOperation } from '../../model/workload.ts';

/** What the schedule wants: who does what, and when. */
export interface Arrival {
  /** Milliseconds after the start of the load. */
  offsetMs: number;
  region: string;
  client: 'web' | 'mobile';
  operation: ClientOperation;
}

export interface ArrivalsOptions {
  load: Load;
  operations: readonly ClientOperation[];
  random: Random;
}

/**
 * An endless schedule that depends on the seed alone, never on how the target answers. Constant arrivals are evenly
 * spaced; Poisson arrivals have exponentially distributed gaps with the same mean.
 */
export function* arrivals({ load, operations, random }: ArrivalsOptions): Generator<Arrival, never> {
  const gaps = random.split('gaps');
  const choices = random.split('choices');
  const meanGapMs = 1000 / load.ratePerSecond;
  const pickRegion = weightedChoice(Object.entries(load.regions));
  const pickClient = weightedChoice(Object.entries(load.clients) as ['web' | 'mobile', number][]);
  const pickOperation = {
    web: weightedChoice(operations.map((operation) => [operation, operation.weight.web])),
    mobile: weightedChoice(operations.map((operation) => [operation, operation.weight.mobile])),
  };
  let poissonMs = 0;
  for (let count = 0; ; count += 1) {
    const region = pickRegion(choices.next());
    const client = pickClient(choices.next());
    const operation = pickOperation[client](choices.next());
    // Multiplied, not summed up: errors of rounding must not shift the rate.
    const offsetMs = load.arrivals === 'constant' ? count * meanGapMs : poissonMs;
    yield { offsetMs, region, client, operation };
    poissonMs += -Math.log(1 - gaps.next()) * meanGapMs;
  }
}

/** Maps a uniform number of [0, 1) to an item by weight; items of weight 0 are never chosen. */
function weightedChoice<T>(weights: readonly (readonly [T, number])[]): (uniform: number) => T {
  const possible = weights.filter(([, weight]) => weight > 0);
  const total = possible.reduce((sum, [, weight]) => sum + weight, 0);
  return (uniform) => {
    let left = uniform * total;
    const chosen = possible.find(([, weight]) => {
      left -= weight;
      return left < 0;
    });
    return (chosen ?? possible.at(-1)!)[0];
  };
}
