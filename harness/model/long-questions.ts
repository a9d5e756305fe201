import type { Protocol } from './topology.ts';

/** How long the question of a probe can be made in a protocol, and what comes back. */
export interface LongQuestion {
  readonly bytesMax: number;
  /** Whether the answer is as long, and comes only after the whole question. */
  readonly echoed: boolean;
}

/**
 * Null where a question has the length that it has. HTTP: servers take headers of 15 KB or more. PostgreSQL: a start-up
 * packet ends at 10,000 bytes. Redis and NATS would take megabytes, but a probe should not be what loads the target.
 */
export const LONG_QUESTIONS: Readonly<Record<Protocol, LongQuestion | null>> = {
  http: { bytesMax: 14_000, echoed: false },
  postgres: { bytesMax: 9900, echoed: false },
  redis: { bytesMax: 100_000, echoed: true },
  nats: { bytesMax: 100_000, echoed: false },
  dns: null,
};
