import type { PrimaryStatus } from './database.ts';
import { parsePosition } from './position.ts';

/** What the primary concludes from successive looks at its standby's connection. */
export interface StandbyHealth {
  healthy: boolean;
  /** Since the standby last sent anything, or since the watch began. */
  silentMs: number;
  /** How much of the log it has not confirmed. */
  lagBytes: number;
  flushed: bigint;
}

/** Notices on this node's own clock when a standby falls silent; an idle one still reports every second. */
export class ReplicationWatch {
  readonly #standbyLostMs: number;
  #mark = '';
  #heardAt: number;
  #health: Omit<StandbyHealth, 'silentMs'> = { healthy: false, lagBytes: Number.POSITIVE_INFINITY, flushed: 0n };

  constructor(standbyLostMs: number, now: number) {
    this.#standbyLostMs = standbyLostMs;
    this.#heardAt = now;
  }

  observe({ lsn, standby }: PrimaryStatus, now: number): void {
    if (standby !== undefined && standby.mark !== this.#mark) {
      this.#mark = standby.mark;
      this.#heardAt = now;
    }
    const flushed = standby?.flushed === undefined ? 0n : parsePosition(standby.flushed);
    const lagBytes = Math.max(0, Number(parsePosition(lsn) - flushed));
    this.#health = { healthy: standby?.streaming === true, lagBytes, flushed };
  }

  health(now: number): StandbyHealth {
    const silentMs = now - this.#heardAt;
    return { ...this.#health, silentMs, healthy: this.#health.healthy && silentMs < this.#standbyLostMs };
  }
}
