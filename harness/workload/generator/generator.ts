import { type Clock, systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { type Random, seededRandom } from '../../base/random.ts';
import {
  AS_PLANNED,
  type ClientHttp,
  type ClientModel,
  type ClientOperation,
  type ClientUser,
  type GeneratorMessage,
  type GeneratorPlan,
  type LoadChange,
} from '../../model/workload.ts';
import { clientAddress, parseSubnet } from '../clients/client-subnet.ts';
import { RegionalClients } from '../clients/regional-clients.ts';
import { type Arrival, arrivals } from '../load/arrivals.ts';
import { runOpenLoop } from '../load/open-loop.ts';
import { Pace } from '../load/pace.ts';
import { SpanExporter } from '../tracing/span-exporter.ts';
import { startTrace, type TraceRoot } from '../tracing/trace.ts';
import { HistoryFile } from './history-file.ts';
import { openSessions } from './open-sessions.ts';
import { Operations, type PerformedOperation } from './operations.ts';
import { addressOf } from './plan.ts';
import { FreeSessions, type Session, usersOf } from './sessions.ts';
import { Statistics } from './statistics.ts';

const PROGRESS_MS = 250;
const SPAN_FLUSH_MS = 2000;
/** Operations end by their own time-outs; this much later the last of them have been written down. */
const IN_FLIGHT_GRACE_MS = 200;
/** The first arrivals come a little after the command, so that none of them is late from the start. */
const START_DELAY_MS = 20;
const MODEL_ERRORS_SAID_MAX = 20;

export interface GeneratorOptions {
  plan: GeneratorPlan;
  model: ClientModel;
  /** A `problem` among the messages means that the load cannot go on as it was meant to. */
  say(message: GeneratorMessage): void;
  /** What a person may want to know who looks closer. */
  note(text: string): void;
  /** The history cannot be written any more: the run has lost its witness. */
  onHistoryLost(thrown: unknown): void;
  clock?: Clock;
}

/** The load of one run, as it is commanded: open sessions, canary, start, stop. */
export class LoadGenerator {
  readonly #plan: GeneratorPlan;
  readonly #model: ClientModel;
  readonly #say: (message: GeneratorMessage) => void;
  readonly #note: (text: string) => void;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #users: ClientUser[];
  readonly #clientAddresses: ReadonlyMap<string, string>;
  readonly #regions: ReadonlyMap<string, RegionalClients>;
  readonly #history: HistoryFile;
  readonly #spans: SpanExporter;
  readonly #operations: Operations;
  readonly #free = new FreeSessions();
  readonly #opened = new Set<string>();
  readonly #statistics = new Statistics();
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();
  readonly #modelErrors = new Set<string>();
  #opening: Promise<unknown> = Promise.resolve();
  #pace: Pace | undefined;
  #change = AS_PLANNED;
  #load: Promise<void> | undefined;

  constructor({ plan, model, say, note, onHistoryLost, clock = systemClock }: GeneratorOptions) {
    this.#plan = plan;
    this.#model = model;
    this.#say = say;
    this.#note = note;
    this.#clock = clock;
    this.#random = seededRandom(plan.seed).split('workload');
    this.#users = usersOf(plan.load);
    this.#clientAddresses = clientAddresses(this.#users, plan);
    this.#regions = regionalClients(plan, clock, this.#random);
    this.#history = new HistoryFile(plan.historyFile, onHistoryLost);
    this.#spans = new SpanExporter({ collector: plan.collector, clock });
    this.#operations = new Operations({
      runId: plan.runId,
      model,
      history: this.#history,
      onSpan: (span) => this.#spans.add(span),
      onModelError: (operation, thrown) => this.#reportModelError(operation, thrown),
      httpFor: ({ user }, operation, trace, writeId) =>
        this.#httpFor(user, { trace, writeId, timeoutMs: plan.timeoutMs[operation.class] }),
      conditions: () => ({ ...this.#change, newSessionShare: plan.load.newSessionShare ?? 0 }),
      clock,
      random: this.#random.split('operations'),
      droppedProcess: this.#users.length,
    });
  }

  /** Opens the sessions that are not open yet; those that cannot be opened take no part in the load. */
  async openSessions(): Promise<void> {
    const problems = await this.#open(this.#users);
    if (problems.length > 0) this.#problem(`${problems.length} sessions could not be opened; first ${problems[0]}`);
    this.#say({ message: 'sessions-open', users: this.#opened.size, failed: this.#users.length - this.#opened.size });
  }

  /** Performs the model's first read now, by a session that is opened if there is none, and says how it went. */
  async canary(): Promise<void> {
    const operation = this.#model.operations.find((candidate) => candidate.class === 'read');
    if (operation === undefined) return this.#problem('canary: expected a read in the client model');
    const users = this.#users.filter(({ client }) => operation.weight[client] > 0);
    const problems = this.#opened.size > 0 ? [] : await this.#open(users.slice(0, 1));
    const session = this.#takeSessionOf(users);
    if (session === undefined) {
      const detail = `${operation.name}: no session, ${problems[0] ?? 'all are busy'}`;
      this.#say({ message: 'canary', outcome: 'fail', traceId: '', detail });
      return;
    }
    const performed = await this.#track(this.#perform(operation, session, this.#clock.now()));
    this.#history.flush();
    await this.#spans.flush(SPAN_FLUSH_MS);
    const { outcome, status, error, servedBy } = performed.result;
    const answer = `${outcome}, status ${status}${error === undefined ? '' : `, ${error}`}`;
    const detail = `${operation.name} by ${session.user.id}: ${answer}, served by ${servedBy ?? 'nobody known'}`;
    this.#say({ message: 'canary', outcome, traceId: performed.traceId, detail });
  }

  /** Begins the load; a second call changes nothing. */
  start(): void {
    if (this.#opened.size === 0) this.#problem('start: no session is open, so every operation will be dropped');
    this.#load ??= this.#runLoad();
  }

  /** The load is like this from now on, until it is changed again. Throws before it was started. */
  change(change: LoadChange): void {
    if (this.#pace === undefined) throw new Error('change-load: expected a load that was started');
    const atMs = this.#clock.now();
    this.#pace.change(change.rateFactor, atMs);
    this.#change = change;
    this.#say({ message: 'load-changed', atMs });
  }

  /** Ends the load, waits for what is in flight, and says the statistics. What is still open then, stays open. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#load;
    const { read, write } = this.#plan.timeoutMs;
    const limit = new AbortController();
    const limitMs = Math.max(read, write) + IN_FLIGHT_GRACE_MS;
    await Promise.race([
      Promise.allSettled(this.#inFlight),
      this.#clock.sleep(limitMs, limit.signal).catch(() => undefined),
    ]);
    limit.abort();
    this.#history.close();
    await this.#spans.close(SPAN_FLUSH_MS);
    if (this.#spans.dropped > 0) {
      this.#note(`${this.#spans.dropped} spans were not delivered to the collector: ${this.#spans.lastProblem}`);
    }
    await Promise.all([...this.#regions.values()].map((region) => region.close()));
    this.#say(this.#statistics.stopped());
  }

  /** Writes out what the history holds, for an end without a goodbye. */
  abandon(): void {
    this.#history.close();
  }

  async #runLoad(): Promise<void> {
    const { load } = this.#plan;
    this.#pace = new Pace(this.#clock.now() + START_DELAY_MS);
    const progress = setInterval(() => this.#sayProgress(), PROGRESS_MS);
    await runOpenLoop({
      arrivals: arrivals({ load, operations: this.#model.operations, random: this.#random.split('arrivals') }),
      pace: this.#pace,
      clock: this.#clock,
      signal: this.#stopping.signal,
      send: (arrival, intendedMs) => this.#send(arrival, intendedMs),
    });
    clearInterval(progress);
    this.#sayProgress();
  }

  #sayProgress(): void {
    this.#say(this.#statistics.progress(this.#clock.now(), this.#inFlight.size));
  }

  #send({ operation, region, client }: Arrival, intendedMs: number): void {
    this.#statistics.due(this.#clock.now() - intendedMs);
    const full = this.#inFlight.size >= this.#plan.load.inFlightMax;
    const session = full ? undefined : this.#free.take(region, client);
    if (session === undefined) {
      this.#statistics.dropped();
      this.#operations.drop({ operation, region, client, intendedMs });
      return;
    }
    this.#track(this.#perform(operation, session, intendedMs));
  }

  async #perform(operation: ClientOperation, session: Session, intendedMs: number): Promise<PerformedOperation> {
    const performed = await this.#operations.perform(operation, session, intendedMs);
    this.#statistics.completed(performed.result.outcome, performed.endMs - intendedMs, performed.writeId);
    this.#free.release(session);
    return performed;
  }

  #track<T>(operation: Promise<T>): Promise<T> {
    this.#inFlight.add(operation);
    return operation.finally(() => this.#inFlight.delete(operation));
  }

  /** Those of the users who have no session get one; what went wrong is returned. One opening at a time. */
  async #open(users: readonly ClientUser[]): Promise<string[]> {
    const opening = this.#opening.then(() => this.#openNow(users.filter(({ id }) => !this.#opened.has(id))));
    this.#opening = opening.catch(() => undefined);
    return await opening;
  }

  async #openNow(users: readonly ClientUser[]): Promise<string[]> {
    const { sessions, problems } = await openSessions({
      users,
      model: this.#model,
      httpFor: (user, attempt) =>
        this.#httpFor(user, {
          trace: startTrace(),
          writeId: `${this.#plan.runId}-s${user.process}-${attempt}`,
          timeoutMs: 2 * this.#plan.timeoutMs.write,
        }),
      random: this.#random.split('users'),
      signal: this.#stopping.signal,
    });
    for (const session of sessions) {
      this.#opened.add(session.user.id);
      this.#free.release(session);
    }
    return problems;
  }

  #takeSessionOf(users: readonly ClientUser[]): Session | undefined {
    for (const { region, client } of users) {
      const session = this.#free.take(region, client);
      if (session !== undefined) return session;
    }
    return undefined;
  }

  #httpFor(user: ClientUser, options: { trace: TraceRoot; writeId: string; timeoutMs: number }): ClientHttp {
    const address = this.#clientAddresses.get(user.id);
    const region = this.#regions.get(user.region);
    if (address === undefined || region === undefined) throw new Error(`${user.id} belongs to no region of the plan`);
    return region.httpFor({ ...options, clientAddress: address });
  }

  /** Once for each kind of error: a broken model would otherwise say the same thing a hundred times a second. */
  #reportModelError(operation: string, thrown: unknown): void {
    const detail = `the client model threw in ${operation}: ${messageOf(thrown)}`;
    if (this.#modelErrors.has(detail) || this.#modelErrors.size >= MODEL_ERRORS_SAID_MAX) return;
    this.#modelErrors.add(detail);
    this.#note(detail);
  }

  #problem(detail: string): void {
    this.#say({ message: 'problem', detail });
  }
}

/** By user: addresses are spread over the subnet of the user's region, both kinds of clients alike. */
function clientAddresses(users: readonly ClientUser[], { clientSubnets }: GeneratorPlan): Map<string, string> {
  const byRegion = Map.groupBy(users, ({ region }) => region);
  return new Map(
    [...byRegion].flatMap(([region, regional]) => {
      const subnet = parseSubnet(clientSubnets[region] ?? '');
      return regional.map(({ id }, position): [string, string] => [
        id,
        clientAddress(subnet, position, regional.length),
      ]);
    }),
  );
}

function regionalClients(plan: GeneratorPlan, clock: Clock, random: Random): Map<string, RegionalClients> {
  const regions = Object.keys(plan.load.regions);
  return new Map(
    regions.map((region) => [
      region,
      new RegionalClients({
        siteName: plan.siteName,
        resolver: addressOf(plan.resolvers[region] ?? ''),
        resolverTransport: plan.resolverTransport,
        entryAddresses: plan.entryAddresses,
        entries: Object.fromEntries(
          Object.entries(plan.entries[region] ?? {}).map(([zone, address]) => [zone, addressOf(address)]),
        ),
        clock,
        random: random.split('names').split(region),
      }),
    ]),
  );
}
