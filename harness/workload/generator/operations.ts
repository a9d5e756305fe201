import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import type { InvokeEvent } from '../../model/operation.ts';
import type {
  ClientHttp,
  ClientModel,
  ClientOperation,
  OperationConditions,
  OperationResult,
} from '../../model/workload.ts';
import type { ClientSpan } from '../tracing/otlp-json.ts';
import { startTrace, type TraceRoot } from '../tracing/trace.ts';
import type { HistoryFile, KeyedCompletion } from './history-file.ts';
import type { Session } from './sessions.ts';

export interface OperationsOptions {
  runId: string;
  model: ClientModel;
  history: Pick<HistoryFile, 'append'>;
  /** Finished root spans go here. */
  onSpan(span: ClientSpan): void;
  /** The model threw: an error of the model, not of the target. */
  onModelError(operation: string, thrown: unknown): void;
  httpFor(session: Session, operation: ClientOperation, trace: TraceRoot, writeId: string): ClientHttp;
  /** What may be special about an operation that begins now. */
  conditions(): OperationConditions;
  clock: Clock;
  random: Random;
  /** The number under which operations that found no session are written down: not a session's own. */
  droppedProcess: number;
}

export interface PerformedOperation {
  result: OperationResult;
  traceId: string;
  endMs: number;
  /** Of a write. */
  writeId?: string;
}

/** Who was meant to do an operation for which there was no session. */
export interface DroppedOperation {
  operation: ClientOperation;
  region: string;
  client: 'web' | 'mobile';
  intendedMs: number;
}

/** Performs operations: each is a trace, and two lines of the history. */
export class Operations {
  readonly #options: OperationsOptions;
  #nextIndex = 0;

  constructor(options: OperationsOptions) {
    this.#options = options;
  }

  /** Never rejects; the session must not be busy. */
  async perform(operation: ClientOperation, session: Session, intendedMs: number): Promise<PerformedOperation> {
    const { runId, history, clock, httpFor } = this.#options;
    const index = this.#takeIndex();
    const writeId = `${runId}-w${index}`;
    const trace = startTrace();
    const { id: user, region, client, process } = session.user;
    const startMs = clock.now();
    const invocation = invoke(operation, { index, process, region, client, user, intendedMs, startMs, trace });
    const written = operation.class === 'write' ? { writeId } : {};
    history.append({ ...invocation, ...written });
    const result = await this.#result(operation, session, httpFor(session, operation, trace, writeId), index);
    const endMs = clock.now();
    history.append(completion(result, { index, process, endMs }));
    this.#options.onSpan(rootSpan(operation, result, { ...trace, index, region, startMs, endMs }));
    return { result, traceId: trace.traceId, endMs, ...written };
  }

  /** An operation that the load wanted and the generator could not send: a failure that users would have felt. */
  drop({ operation, region, client, intendedMs }: DroppedOperation): void {
    const { history, clock, droppedProcess } = this.#options;
    const index = this.#takeIndex();
    const trace = startTrace();
    const startMs = clock.now();
    const result: OperationResult = { outcome: 'fail', status: 0, error: 'dropped' };
    const process = droppedProcess;
    history.append(invoke(operation, { index, process, region, client, user: 'none', intendedMs, startMs, trace }));
    history.append(completion(result, { index, process, endMs: startMs }));
    this.#options.onSpan(rootSpan(operation, result, { ...trace, index, region, startMs, endMs: startMs }));
  }

  async #result(
    operation: ClientOperation,
    session: Session,
    http: ClientHttp,
    index: number,
  ): Promise<OperationResult> {
    try {
      const { model, random, conditions } = this.#options;
      return await model.perform(operation.name, session.state, http, random.split(index), conditions());
    } catch (thrown) {
      this.#options.onModelError(operation.name, thrown);
      const outcome = operation.class === 'write' ? 'info' : 'fail';
      return { outcome, status: 0, error: `client-model: ${messageOf(thrown)}` };
    }
  }

  #takeIndex(): number {
    this.#nextIndex += 1;
    return this.#nextIndex - 1;
  }
}

type Invocation = Pick<InvokeEvent, 'index' | 'process' | 'region' | 'client' | 'user' | 'intendedMs' | 'startMs'> & {
  trace: TraceRoot;
};

function invoke({ name, class: kind }: ClientOperation, { trace, ...invocation }: Invocation): InvokeEvent {
  return { type: 'invoke', f: name, class: kind, ...invocation, traceId: trace.traceId };
}

function completion(
  { outcome, status, ...seen }: OperationResult,
  { index, process, endMs }: { index: number; process: number; endMs: number },
): KeyedCompletion {
  return { type: outcome, index, process, endMs, ...(status === 0 ? {} : { status }), ...seen };
}

function rootSpan(
  operation: ClientOperation,
  result: OperationResult,
  { index, ...span }: TraceRoot & { index: number; region: string; startMs: number; endMs: number },
): ClientSpan {
  const { outcome, status, error, datacenter, servedBy } = result;
  return {
    ...span,
    name: `op ${operation.name}`,
    ...(outcome === 'ok' ? {} : { error: error ?? outcome }),
    attributes: {
      'faultline.operation': index,
      'faultline.outcome': outcome,
      ...(status === 0 ? {} : { 'http.response.status_code': status }),
      ...(outcome === 'ok' || error === undefined ? {} : { 'error.type': error }),
      ...(datacenter === undefined ? {} : { 'faultline.datacenter': datacenter }),
      ...(servedBy === undefined ? {} : { 'faultline.served_by': servedBy }),
    },
  };
}
