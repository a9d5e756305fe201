import { JetStreamApiCodes, JetStreamApiError, jetstream, StorageType } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Address } from '../environment.ts';
import { type LeaseRecord, parseLeaseRecord } from './lease-record.ts';

const BUCKET = 'database-lease';
const STREAM = `KV_${BUCKET}`;
const KEY = 'primary';

export interface StoredRecord {
  record: LeaseRecord;
  revision: number;
}

export type ReadAnswer = StoredRecord | 'none';
export type WriteAnswer = { revision: number } | 'conflict';

/** Who leads the bucket, and whether all the others follow: heard of lately, and with everything that it has. */
export interface BucketLeadership {
  leader: string | undefined;
  allFollow: boolean;
}

/** Replicas hear of each renewal, so in health of each other several times in this time, in nanoseconds. */
const HEARD_OF_NANOSECONDS_MAX = 1_500_000_000;

/**
 * One connection to one coordinator, kept up for ever. A client with several servers would stay with a server that is
 * alive but cut off from the others, so the agent holds one connection to each and asks whichever answers.
 */
export class Coordinator {
  readonly #address: Address;
  readonly #requestMs: number;
  #connection: NatsConnection | undefined;
  #kv: KV | undefined;
  #connected = false;
  #closed = false;
  #bucketIsThere = false;

  constructor(address: Address, requestMs: number) {
    this.#address = address;
    this.#requestMs = requestMs;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Returns only after close(): connects, and connects again whenever the client has given up. */
  async keepConnected(name: string): Promise<void> {
    while (!this.#closed) {
      const connection = await connect({
        servers: `${this.#address.host}:${this.#address.port}`,
        name,
        ignoreClusterUpdates: true,
        noRandomize: true,
        waitOnFirstConnect: true,
        maxReconnectAttempts: -1,
        reconnectTimeWait: RECONNECT_MS,
        reconnectJitter: 0,
        timeout: CONNECT_MS,
        // A coordinator that fell silent without closing the connection is noticed after three intervals.
        pingInterval: PING_INTERVAL_MS,
        maxPingOut: 2,
      }).catch(() => undefined);
      if (connection === undefined) continue;
      this.#connection = connection;
      this.#kv = await new Kvm(jetstream(connection, { timeout: this.#requestMs })).open(BUCKET, {
        allow_direct: false,
      });
      this.#connected = true;
      if (this.#closed) await connection.close();
      await this.#follow(connection);
      this.#connected = false;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#connection?.close();
  }

  /** Asks the bucket's leader: direct reads may come from a follower that lags. @throws on a time-out. */
  async read(): Promise<ReadAnswer> {
    const kv = this.#requireKv();
    try {
      this.#bucketIsThere ||= await this.#isBucketMade();
      if (!this.#bucketIsThere) return 'none';
      const entry = await kv.get(KEY);
      return entry === null ? 'none' : { record: parseLeaseRecord(entry.string()), revision: entry.revision };
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return 'none';
      throw error;
    }
  }

  /** Compare-and-set; revision 0 means that nothing may be there. @throws on a time-out: the outcome is unknown. */
  async write(record: LeaseRecord, revision: number): Promise<WriteAnswer> {
    try {
      return { revision: await this.#requireKv().put(KEY, JSON.stringify(record), { previousSeq: revision }) };
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence) {
        return 'conflict';
      }
      throw error;
    }
  }

  async createBucket(replicas: number): Promise<void> {
    const client = jetstream(this.#requireConnection(), { timeout: BUCKET_CREATION_MS });
    await new Kvm(client).create(BUCKET, { replicas, history: 1, storage: StorageType.File, allow_direct: false });
  }

  async leadership(): Promise<BucketLeadership> {
    const manager = await this.#manager();
    const { cluster } = await manager.streams.info(STREAM);
    const replicas = cluster?.replicas ?? [];
    const allFollow = replicas.every(
      ({ current, offline, active }) => current && offline !== true && active <= HEARD_OF_NANOSECONDS_MAX,
    );
    return { leader: cluster?.leader, allFollow: replicas.length > 0 && allFollow };
  }

  async stepDownLeader(): Promise<void> {
    await this.#requireConnection().request(`$JS.API.STREAM.LEADER.STEPDOWN.${STREAM}`, '', {
      timeout: this.#requestMs,
    });
  }

  /**
   * NATS 2.9 ends with a nil pointer when a bucket is read that it is just making: it is known by its name before it has
   * a store. A time of creation is given to it together with the store.
   */
  async #isBucketMade(): Promise<boolean> {
    const { created } = await (await this.#manager()).streams.info(STREAM);
    return !created.startsWith('0001-');
  }

  async #manager() {
    return await jetstream(this.#requireConnection(), { timeout: this.#requestMs }).jetstreamManager(false);
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') this.#connected = false;
      if (status.type === 'reconnect') this.#connected = true;
    }
  }

  #requireConnection(): NatsConnection {
    if (this.#connection === undefined)
      throw new Error(`No connection to ${this.#address.host}:${this.#address.port} yet`);
    return this.#connection;
  }

  #requireKv(): KV {
    // While it is down the client would keep requests and send them much later.
    if (this.#kv === undefined || !this.#connected) {
      throw new Error(`No connection to ${this.#address.host}:${this.#address.port}`);
    }
    return this.#kv;
  }
}

const RECONNECT_MS = 200;
const CONNECT_MS = 1000;
const PING_INTERVAL_MS = 1000;
const BUCKET_CREATION_MS = 2000;
