import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { TestCluster, Zone } from './cluster.ts';

/** One commit that was acknowledged, by whom, and when. */
interface AcknowledgedWrite {
  id: string;
  by: string;
  epoch: number;
  at: number;
}

/** Writes to one database without pause, as long as it lets it, and keeps what was acknowledged. */
export class Writer {
  readonly acknowledged: AcknowledgedWrite[] = [];
  readonly #cluster: TestCluster;
  readonly #zone: Zone;
  readonly #ended: Promise<void>;
  #ending = false;
  #session: pg.Client | undefined;

  constructor(cluster: TestCluster, zone: Zone) {
    this.#cluster = cluster;
    this.#zone = zone;
    this.#ended = this.#run();
  }

  /** A commit that waits for ever (its standby is gone) is given up: its outcome is unknown. */
  async end(): Promise<void> {
    this.#ending = true;
    this.#session?.end().catch(() => undefined);
    await Promise.race([this.#ended, sleep(1000)]);
  }

  async #run(): Promise<void> {
    while (!this.#ending) {
      try {
        this.#session ??= await this.#cluster.session(this.#zone);
        this.acknowledged.push(await write(this.#session));
      } catch {
        this.#session?.end().catch(() => undefined);
        this.#session = undefined;
        await sleep(20);
      }
    }
  }
}

/** One write as the site makes it: with the node and the epoch that committed it. */
export async function write(session: pg.Client): Promise<AcknowledgedWrite> {
  const id = randomUUID();
  const { rows } = await session.query<{ by: string; epoch: string }>(
    `INSERT INTO writes (write_id, kind, user_id, subject_id, written_by, epoch, response)
     VALUES ($1, 'test', 'user', 'subject', current_setting('cluster_name'), current_setting('faultline.epoch')::bigint, '{}')
     RETURNING written_by AS by, epoch`,
    [id],
  );
  return { id, by: rows[0]?.by ?? '', epoch: Number(rows[0]?.epoch), at: Date.now() };
}

/** The acknowledged writes that a database does not have. */
export async function missing(session: pg.Client, writes: readonly AcknowledgedWrite[]): Promise<string[]> {
  const { rows } = await session.query<{ id: string }>('SELECT write_id AS id FROM writes');
  const present = new Set(rows.map(({ id }) => id));
  return writes.filter(({ id }) => !present.has(id)).map(({ id }) => id);
}
