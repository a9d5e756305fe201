import type { Instance } from './instance.ts';
import type { Lease, LeaseOutcome } from './lease.ts';
import { pollUntil } from './poll.ts';
import { parsePosition } from './position.ts';

interface TurnOn {
  instance: Instance;
  lease: Lease;
  /** How far the standby has confirmed the log. */
  flushed: () => bigint;
  catchUpMs: number;
  onWaiting: () => void;
}

/**
 * Makes every commit wait for the standby, and then records that the standby has every acknowledged commit.
 *
 *   names set -> every process told -> flag in shared memory set -> position P -> standby confirms P -> record
 *
 * Why no acknowledged commit can be missing at the standby when the record says `inSync`: a commit skips the waiting
 * only if it looks at the flag in shared memory, which the checkpointer sets, before it is set; its log record is
 * flushed by then, so it lies before P, which the standby has confirmed. The flag is surely set when two checkpoints
 * were made: `change` resolves after a new session sees the names, and the postmaster forks that session only after it
 * has signalled the checkpointer; the second checkpoint starts a new turn of the checkpointer's loop, which begins by
 * taking up its configuration.
 *
 * When this throws, the record was not sent, so turning the waiting off again needs no record.
 */
export async function turnOn({ instance, lease, flushed, catchUpMs, onWaiting }: TurnOn): Promise<LeaseOutcome> {
  await instance.change({ synchronous: true });
  await instance.database.checkpoint();
  await instance.database.checkpoint();
  onWaiting();
  const position = await instance.database.flushedPosition();
  await pollUntil(() => flushed() >= parsePosition(position), {
    subject: `the standby to confirm ${position}`,
    timeoutMs: catchUpMs,
    intervalMs: 20,
  });
  return await lease.recordInSync(position);
}
