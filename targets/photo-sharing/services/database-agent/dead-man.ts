/**
 * The dead-man's switch: a process of its own that ends PostgreSQL when the agent no longer says that it may serve,
 * because the agent is stopped, stuck or gone.
 *
 *   agent --(a line with a deadline, several times a second)--> stdin --> deadline passed, or stdin closed --> fence
 *
 * Standard input carries lines of JSON: {"postmaster": 123, "until": 4567.8, "epoch": 1}; `until` is on the machine's
 * monotonic clock, null for a standby, which may serve without a lease but not without its agent. No postmaster: nothing
 * to end. The end of a primary is an event, which the agent could tell only when it is awake again.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fencePostgres } from './fence-postgres.ts';
import { monotonicMs } from './monotonic.ts';

/** What the agent tells its dead-man's switch. */
export interface Watch {
  postmaster: number | undefined;
  until: number | null;
  epoch: number;
}

const CHECK_MS = 25;
const ENDED = "PostgreSQL was ended by the dead-man's switch";
const [cluster, node, zone] = process.argv.slice(2);
if (cluster === undefined) throw new Error('Expected the path of the data directory, the node and its zone');

let watch: Watch = { postmaster: undefined, until: null, epoch: 0 };
const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  watch = JSON.parse(line);
});
input.on('close', () => {
  void end().then(() => process.exit(0));
});
setInterval(() => {
  if (watch.until !== null && monotonicMs() > watch.until) void end();
}, CHECK_MS);

// The terminal's Ctrl-C and a stop of the whole node reach this process too; it must outlive its agent.
process.on('SIGTERM', () => undefined);
process.on('SIGINT', () => undefined);

async function end(): Promise<void> {
  const { postmaster, until, epoch } = watch;
  if (postmaster === undefined) return;
  watch = { postmaster: undefined, until: null, epoch };
  const ended = await fencePostgres(cluster ?? '', postmaster);
  if (ended && until !== null) log({ event: 'fenced', epoch, reason: 'the agent fell silent' });
}

/** A line like those of the agent's own log, written at once. */
function log(fields: Record<string, unknown>): void {
  writeSync(1, `${JSON.stringify({ level: 'warn', time: Date.now(), node, zone, ...fields, msg: ENDED })}\n`);
}
