import type { Operation, OperationClass } from '../../operation.ts';
import { FAULT_MS, LOAD_FROM_MS, LOAD_TO_MS, UNDO_MS } from './story-times.ts';

/** How the textbook outage of us-west went: see `handledWell`. */
const REDIRECT_MS = 3000;
export const PROMOTION_MS = 6000;
const TIMEOUT_MS = 2000;
const LATENCY_MS = 20;
/** The restored datacenter takes clients again this long after the undo began. */
const RETURN_MS = 4000;
const SESSIONS_PER_REGION = 20;

export interface Planned {
  index: number;
  region: string;
  class: OperationClass;
  intendedMs: number;
  /** From the first injected action; negative before it. */
  afterFaultMs: number;
}

/** What comes of an operation that was planned; the rest of it is filled in. */
export type Behaviour = (planned: Planned) => Partial<Operation>;

export interface OperationsOptions {
  behaviour?: Behaviour;
  /** Operations per second, over both regions; one third of them writes. */
  ratePerSecond?: number;
  fromMs?: number;
  toMs?: number;
}

/** Evenly spaced operations of both regions and classes. */
export function buildOperations({
  behaviour = handledWell,
  ratePerSecond = 60,
  fromMs = LOAD_FROM_MS,
  toMs = LOAD_TO_MS,
}: OperationsOptions = {}): Operation[] {
  const count = Math.floor(((toMs - fromMs) / 1000) * ratePerSecond);
  return Array.from({ length: count }, (_, index) => {
    const intendedMs = fromMs + (index * 1000) / ratePerSecond;
    const planned: Planned = {
      index,
      region: index % 2 === 0 ? 'us-east' : 'us-west',
      class: index % 3 === 0 ? 'write' : 'read',
      intendedMs,
      afterFaultMs: intendedMs - FAULT_MS,
    };
    return buildOperation(planned, behaviour(planned));
  });
}

function buildOperation({ index, region, class: kind, intendedMs }: Planned, seen: Partial<Operation>): Operation {
  const session = Math.floor(index / 2) % SESSIONS_PER_REGION;
  const process = (region === 'us-east' ? 0 : SESSIONS_PER_REGION) + session;
  return {
    index,
    process,
    f: kind === 'write' ? 'post-photo' : 'view-feed',
    class: kind,
    region,
    client: 'mobile',
    user: `user-${process}`,
    intendedMs,
    startMs: intendedMs,
    traceId: `trace-${index}`,
    ...(kind === 'write' ? { writeId: `write-${index}` } : {}),
    outcome: 'ok',
    endMs: intendedMs + LATENCY_MS,
    ...seen,
  };
}

/** Answered with success by a datacenter; writes are committed by the given database and epoch. */
export function answered(
  { class: kind, index }: Pick<Planned, 'class' | 'index'>,
  { datacenter, epoch }: { datacenter: string; epoch: number },
): Partial<Operation> {
  const servedBy = `web-${1 + (Math.floor(index / 2) % 2)}.${datacenter}`;
  const writer = { writtenBy: epoch === 1 ? 'db.us-west' : 'db.us-east', epoch };
  return { status: 200, datacenter, servedBy, ...(kind === 'write' ? writer : { readFrom: `db.${datacenter}` }) };
}

/** A web server said that nothing was done. */
export function refused({ intendedMs }: Pick<Planned, 'intendedMs'>, datacenter: string): Partial<Operation> {
  return {
    outcome: 'fail',
    endMs: intendedMs + LATENCY_MS,
    status: 503,
    error: 'http-503',
    datacenter,
    servedBy: `web-1.${datacenter}`,
  };
}

/** No answer came: a write may have happened. */
export function unanswered(
  { class: kind, intendedMs }: Pick<Planned, 'class' | 'intendedMs'>,
  datacenter: string,
): Partial<Operation> {
  const outcome = kind === 'write' ? 'info' : 'fail';
  return { outcome, endMs: intendedMs + TIMEOUT_MS, error: 'timeout', datacenter };
}

/**
 * The outage of us-west, where the primary lives: its clients time out until they are redirected after 3 s, writes are
 * refused until us-east has promoted after 6 s, and after the undo each region goes back to its own datacenter.
 */
export function handledWell(planned: Planned): Partial<Operation> {
  const { region, class: kind, intendedMs, afterFaultMs } = planned;
  if (afterFaultMs < 0) return answered(planned, { datacenter: region, epoch: 1 });
  const isLost = region === 'us-west' && intendedMs < UNDO_MS + RETURN_MS;
  if (isLost && afterFaultMs < REDIRECT_MS) return unanswered(planned, 'us-west');
  const datacenter = isLost ? 'us-east' : region;
  if (kind === 'write' && afterFaultMs < PROMOTION_MS) return refused(planned, datacenter);
  return answered(planned, { datacenter, epoch: 2 });
}
