import type { Random } from '../base/random.ts';
import type { AnswerFacts, ClientKind, OperationClass, Outcome } from './operation.ts';
import type { Load } from './run-settings.ts';

/** How clients use a target; implemented by the target, driven by the load generator. */
export interface ClientModel {
  /** What clients of a kind do, with relative weights. */
  readonly operations: readonly ClientOperation[];
  /** Registers and logs in one user; called for every user before the warm-up. */
  open(user: ClientUser, http: ClientHttp, random: Random): Promise<ClientState>;
  /** Does one operation; must not throw for what the target answers. */
  perform(
    operation: string,
    state: ClientState,
    http: ClientHttp,
    random: Random,
    conditions: OperationConditions,
  ): Promise<OperationResult>;
}

/** What may be special about an operation. */
export type OperationConditions = Pick<LoadChange, 'celebrityShare'> & Required<Pick<Load, 'newSessionShare'>>;

export interface ClientOperation {
  readonly name: string;
  readonly class: OperationClass;
  readonly weight: Readonly<Record<'web' | 'mobile', number>>;
}

export interface ClientUser {
  readonly id: string;
  readonly region: string;
  readonly client: Exclude<ClientKind, 'browser'>;
  readonly process: number;
}

/** The model's own memory of a user: session, last position written, photos known. */
export interface ClientState {
  readonly user: ClientUser;
  [key: string]: unknown;
}

/** One HTTP exchange with the site: name resolved by geoDNS with the region's subnet, trace context added. */
export interface ClientHttp {
  request(request: ClientRequest): Promise<ClientResponse>;
  /** Unique id of this operation if it is a write: the idempotency key. */
  readonly writeId: string;
}

export interface ClientRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  /** Another name to send it to than the site's; resolved in the same way. */
  host?: string;
  headers?: Record<string, string>;
  body?: string;
  /** A limit of its own; that of the whole operation holds as well. */
  timeoutMs?: number;
}

/** Never thrown: a request without an answer has status 0 and an error. */
export interface ClientResponse {
  status: number;
  headers: Record<string, string>;
  /** All values of set-cookie. */
  cookies: string[];
  body: string;
  /** `timeout`, `connection-refused`, `connection-reset`, `no-address`. */
  error?: string;
  /** Whether the request may have reached the server: false only when certainly not. */
  maybeSent: boolean;
  datacenter?: string;
}

export interface OperationResult extends AnswerFacts {
  outcome: Outcome;
  status: number;
  key?: string;
}

/** What the load generator process is told, as one JSON document. */
export interface GeneratorPlan {
  runId: string;
  seed: number;
  load: Load;
  clientModule: string;
  /** Where requests go that name no other host. */
  siteName: string;
  /** host:port of each region's edge to the geoDNS. */
  resolvers: Record<string, string>;
  /** `tcp` where the proxies of those edges carry no datagrams. */
  resolverTransport: 'udp' | 'tcp';
  clientSubnets: Record<string, string>;
  /** Answered address -> zone, and region -> zone -> host:port of the entry edge. */
  entryAddresses: Record<string, string>;
  entries: Record<string, Record<string, string>>;
  /** http://host:port of the OTLP receiver; client spans go there directly: clients are the harness. */
  collector: string;
  historyFile: string;
  timeoutMs: { read: number; write: number };
}

/** How the load differs from the planned one, for now. */
export interface LoadChange {
  /** Arrivals come this many times as fast; 1: as planned. */
  readonly rateFactor: number;
  /** Of the operations on somebody's content, the share that goes to one and the same user's, from 0 to 1. */
  readonly celebrityShare: number;
}

export const AS_PLANNED: LoadChange = { rateFactor: 1, celebrityShare: 0 };

/** The running load, as faults may change it. */
export interface LoadControl {
  /** What one fault changes; what others change meanwhile stays theirs. */
  forFault(id: string): FaultLoad;
}

/** The load as one fault changes it. */
export interface FaultLoad {
  /** Takes the place of what this fault changed before; `{}` takes it back. Resolves with the time from which it holds. */
  change(change: Partial<LoadChange>): Promise<number>;
}

/** From the runner to the generator, one JSON line each on its standard input. */
export type GeneratorCommand =
  | { command: 'open-sessions' }
  | { command: 'start' }
  /** The load is like this from now on, until it is changed again. */
  | { command: 'change-load'; change: LoadChange }
  /** Perform one operation now and report it: for the canary. */
  | { command: 'canary' }
  | { command: 'stop' };

/** From the generator, one JSON line each on its standard output. */
export type GeneratorMessage =
  | { message: 'ready' }
  | { message: 'sessions-open'; users: number; failed: number }
  | { message: 'canary'; outcome: Outcome; traceId: string; detail: string }
  | { message: 'load-changed'; atMs: number }
  | {
      message: 'progress';
      atMs: number;
      scheduled: number;
      /** Since the last progress message. */
      ok: number;
      fail: number;
      info: number;
      inFlight: number;
      p99Ms: number | null;
      lagMaxMs: number;
      /** Ids of the writes that were acknowledged since then. */
      acknowledged: string[];
    }
  | {
      message: 'stopped';
      scheduled: number;
      dropped: number;
      lagP50Ms: number;
      lagP99Ms: number;
      lagMaxMs: number;
      cpuSeconds: number;
      peakMemoryBytes: number;
    }
  | { message: 'problem'; detail: string };
