/** What clients did and saw: a Jepsen-style history. Times are epoch milliseconds with fractions. */

export type OperationClass = 'read' | 'write';
export type ClientKind = 'web' | 'mobile' | 'browser';

/**
 * `ok`: happened. `fail`: certainly did not happen. `info`: may have happened, at any later time, or never.
 * A read that got no answer is a `fail`: nothing can have changed.
 */
export type Outcome = 'ok' | 'fail' | 'info';

/** The first line of an operation in history.jsonl. */
export interface InvokeEvent {
  type: 'invoke';
  index: number;
  /** The client's session: at most one open operation in each. */
  process: number;
  f: string;
  class: OperationClass;
  region: string;
  client: ClientKind;
  user: string;
  /** When the open-loop schedule wanted it to start; latency counts from here. */
  intendedMs: number;
  /** When it was really sent. */
  startMs: number;
  traceId: string;
  /** Unique id of a write, which is also its idempotency key. */
  writeId?: string;
  key?: string;
  value?: unknown;
}

/** What an answer, or its absence, tells of who gave it and of what was done. */
export interface AnswerFacts {
  /** `timeout`, `connection-refused`, `no-address`, `dropped`, `http-503`, ... */
  error?: string;
  /** The zone whose address the client dialled. */
  datacenter?: string;
  /** The web server that answered. */
  servedBy?: string;
  /** For writes: the database node and epoch that committed it. */
  writtenBy?: string;
  epoch?: number;
  /** For reads: the database node, and how old its data may have been when it is a standby. */
  readFrom?: string;
  stalenessMs?: number;
  /** A session that was valid before was refused. */
  loggedOut?: boolean;
  /** Left out: nothing was asked of a content delivery network. */
  cdn?: CdnFacts;
  value?: unknown;
}

/** What one operation asked of a content delivery network. */
export interface CdnFacts {
  /** Assets. */
  asked: number;
  /** Those of them that it did not give: fetched from the site instead, where the client knows how. */
  failed: number;
}

/** The second line, with the index of its invocation. */
export interface CompletionEvent extends AnswerFacts {
  type: Outcome;
  index: number;
  process: number;
  endMs: number;
  status?: number;
}

export type HistoryEvent = InvokeEvent | CompletionEvent;

/** Both lines together. An operation that never completed is `info` (write) or `fail` (read) with endMs null. */
export interface Operation extends Omit<InvokeEvent, 'type'>, Omit<CompletionEvent, 'type' | 'endMs'> {
  outcome: Outcome;
  endMs: number | null;
}

/** Pairs invocations and completions, in order of invocation. Says which line is wrong when they do not fit. */
export function pairHistory(events: readonly HistoryEvent[]): Operation[] {
  const operations: Operation[] = [];
  const byIndex = new Map<number, Operation>();
  const openByProcess = new Map<number, number>();
  events.forEach((event, line) => {
    if (event.type === 'invoke') {
      const open = openByProcess.get(event.process);
      if (open !== undefined) {
        throw new Error(
          `history line ${line + 1}: process ${event.process} invokes while its operation ${open} is open`,
        );
      }
      const { type, ...rest } = event;
      const operation: Operation = { ...rest, outcome: event.class === 'write' ? 'info' : 'fail', endMs: null };
      operations.push(operation);
      byIndex.set(event.index, operation);
      openByProcess.set(event.process, event.index);
      return;
    }
    const operation = byIndex.get(event.index);
    if (operation === undefined || openByProcess.get(event.process) !== event.index) {
      throw new Error(`history line ${line + 1}: completion of operation ${event.index}, which is not open`);
    }
    openByProcess.delete(event.process);
    const { type, ...rest } = event;
    Object.assign(operation, rest, { outcome: type });
  });
  return operations;
}

/** Latency as the user felt it: from the intended start. Null when it never ended. */
export function latencyMsOf(operation: Operation): number | null {
  return operation.endMs === null ? null : operation.endMs - operation.intendedMs;
}
