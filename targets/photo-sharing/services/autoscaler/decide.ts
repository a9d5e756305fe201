/**
 * Of what the web servers work on at most, the share that is to be used: enough free for a surge to be served while the next
 * server starts, and for chance.
 */
const UTILISATION_TARGET = 0.6;
/** So near to the target is near enough, as in Kubernetes' horizontal autoscaler. */
const TOLERANCE = 0.1;
/** A server that was just added must have had time to be measured. */
export const UP_COOL_DOWN_MS = 3000;
/** So long less must have been enough without a break before less is asked for: load that went may come back. */
export const DOWN_WINDOW_MS = 10_000;
/** Measurements come once a second: after a longer break it is not known what was needed meanwhile. */
const BREAK_MS = 3000;

/** How busy the web servers were over the last few seconds. */
export interface Measurement {
  readonly atMs: number;
  /** Web servers that answered all the time. */
  readonly serving: number;
  /** Mean requests in flight, as a share of what these servers work on at most: 0..1. */
  readonly utilisation: number;
}

export interface Limits {
  readonly least: number;
  readonly most: number;
}

/** What is remembered from decision to decision. */
export interface Memory {
  /** What would have been right at each time of the last window, oldest first. */
  readonly needs: readonly { readonly atMs: number; readonly servers: number }[];
  /** When the number of servers was last changed. */
  readonly changedAtMs: number;
}

export interface Decision {
  /** How many web servers there should be; null: nothing is known, and all stays as it is. */
  readonly wanted: number | null;
  readonly memory: Memory;
}

/**
 * How many web servers there should be, by target tracking: as many as bring the utilisation to its target. More at once,
 * but for a short cool-down; fewer only when fewer were enough for the whole window. Pure.
 */
export function decide(measurement: Measurement | null, memory: Memory, limits: Limits): Decision {
  if (measurement === null) return { wanted: null, memory };
  const { atMs, serving } = measurement;
  const need = needed(measurement, limits);
  const fromMs = Math.max(atMs - DOWN_WINDOW_MS, memory.changedAtMs);
  const isOld = (time: { atMs: number }) => time.atMs < fromMs;
  const known = sinceBreak(memory.needs, atMs);
  const needs = [...known.filter((past) => !isOld(past)), { atMs, servers: need }];
  const remembered: Memory = { ...memory, needs };
  if (need > serving) {
    const cool = atMs - memory.changedAtMs >= UP_COOL_DOWN_MS;
    return { wanted: cool ? need : serving, memory: remembered };
  }
  const isWhole = atMs - memory.changedAtMs >= DOWN_WINDOW_MS && known.some(isOld);
  const enough = Math.max(...needs.map(({ servers }) => servers));
  return { wanted: isWhole ? Math.min(serving, enough) : serving, memory: remembered };
}

/** Those after the last time that nothing was measured for too long. */
function sinceBreak(needs: Memory['needs'], nowMs: number): Memory['needs'] {
  const broken = needs.findLastIndex(({ atMs }, index) => (needs[index + 1]?.atMs ?? nowMs) - atMs > BREAK_MS);
  return needs.slice(broken + 1);
}

/** As many as the utilisation would be on target with, within the limits. */
function needed({ serving, utilisation }: Measurement, { least, most }: Limits): number {
  const ratio = utilisation / UTILISATION_TARGET;
  const servers = Math.abs(ratio - 1) <= TOLERANCE ? serving : Math.ceil(serving * ratio);
  return Math.min(most, Math.max(least, servers));
}
