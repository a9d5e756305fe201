import type { Wiring } from '../../../harness/model/topology.ts';

/**
 * What proves that one belongs to the system: the load balancer adds it to each request, and web servers behind it ask for it;
 * PostgreSQL has it as password. It is no secret: it stands for the networks that let nobody else in, where everything listens
 * on one address.
 */
export function admission({ runId }: Pick<Wiring, 'runId'>): string {
  return runId;
}
