import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Operation } from '../operation.ts';
import { completeness } from './telemetry-completeness.ts';
import { buildRecord } from './test-builders/record-builder.ts';
import { FAULT_MS, STEADY_FROM_MS, UNDO_MS } from './test-builders/story-times.ts';

/** A record without the server's spans of one operation, changed as told. */
function withoutEntry(pick: (operation: Operation) => boolean, change: Partial<Operation> = {}) {
  const record = buildRecord();
  const operation = record.operations.find(pick)!;
  Object.assign(operation, change);
  record.spans = record.spans.filter(({ traceId, kind }) => traceId !== operation.traceId || kind !== 'server');
  return { operation, result: completeness(record) };
}

const steady = ({ intendedMs }: Operation) => intendedMs >= STEADY_FROM_MS;
const unexplainedOf = ({ operations, complete, explained }: ReturnType<typeof completeness>) =>
  operations - complete - explained;

describe('completeness of telemetry', () => {
  it('is full when the fault explains every span that is missing', () => {
    const { operations, withRoot, withEntry, complete, explained, share, missingByReason, examples } = completeness(
      buildRecord(),
    );
    assert.deepEqual(
      { operations, withRoot, withEntry, complete, explained, share, missingByReason, examples },
      {
        operations: 4680,
        withRoot: 4680,
        withEntry: 4590,
        complete: 4590,
        explained: 90,
        share: 1,
        missingByReason: { 'sent across a cut edge': 90 },
        examples: [],
      },
    );
  });

  it('names operations whose server span is missing without a reason', () => {
    const { operation, result } = withoutEntry(steady);
    assert.deepEqual(result.missingByReason, { 'sent across a cut edge': 90, 'entry span missing': 1 });
    assert.deepEqual(result.examples, [operation.traceId]);
    assert.equal(result.share, 4589 / 4590);
  });

  it('never explains a missing client span: clients send theirs past every fault', () => {
    const record = buildRecord();
    const cut = record.operations.find(({ error }) => error === 'timeout')!;
    record.spans = record.spans.filter(({ traceId }) => traceId !== cut.traceId);
    const result = completeness(record);
    assert.equal(result.missingByReason['both spans missing'], 1);
    assert.equal(unexplainedOf(result), 1);
  });

  it('tells a missing client span from a missing server span', () => {
    const record = buildRecord();
    const { traceId } = record.operations[0]!;
    record.spans = record.spans.filter((span) => span.traceId !== traceId || span.kind === 'server');
    assert.equal(completeness(record).missingByReason['root span missing'], 1);
  });

  it('explains what was never sent', () => {
    for (const error of ['dropped', 'no-address', 'connection-refused']) {
      const { operation, result } = withoutEntry(steady);
      assert.equal(unexplainedOf(result), 1);
      delete operation.status;
      const record = buildRecord();
      Object.assign(record.operations[operation.index]!, { error, outcome: 'fail' });
      delete record.operations[operation.index]!.status;
      record.spans = record.spans.filter((span) => span.traceId !== operation.traceId || span.kind !== 'server');
      assert.equal(completeness(record).missingByReason['never sent'], 1, error);
    }
  });

  it('does not explain an answer that came by an error that says otherwise', () => {
    const { result } = withoutEntry(steady, { error: 'no-address' });
    assert.equal(unexplainedOf(result), 1);
  });

  it('does not explain a time-out without a fault', () => {
    const record = buildRecord();
    const operation = record.operations.find(steady)!;
    Object.assign(operation, { outcome: 'fail', error: 'timeout' });
    delete operation.status;
    delete operation.servedBy;
    record.spans = record.spans.filter((span) => span.traceId !== operation.traceId || span.kind !== 'server');
    assert.equal(unexplainedOf(completeness(record)), 1);
  });

  it('does not explain a time-out at the healthy datacenter during the fault', () => {
    const record = buildRecord();
    for (const operation of record.operations) {
      if (operation.error === 'timeout') operation.datacenter = 'us-east';
    }
    assert.equal(unexplainedOf(completeness(record)), 90);
  });

  it('does not explain with a cut that was taken back before', () => {
    const record = buildRecord();
    const operation = record.operations.find(({ intendedMs }) => intendedMs > UNDO_MS + 5000)!;
    Object.assign(operation, { outcome: 'fail', error: 'timeout', datacenter: 'us-west', region: 'us-west' });
    delete operation.status;
    record.spans = record.spans.filter((span) => span.traceId !== operation.traceId || span.kind !== 'server');
    assert.equal(unexplainedOf(completeness(record)), 1);
  });

  it('explains time-outs of a zone whose servers were killed although no edge was cut', () => {
    const record = buildRecord();
    const [fault] = record.manifest.faults;
    fault!.actions = fault!.actions.filter(({ what }) => what === 'killed');
    const result = completeness(record);
    // The one that had been sent 12 ms before the kill had its answer out: all 90 hang into it.
    assert.deepEqual(result.missingByReason, { 'sent to a killed server': 90 });
    fault!.actions = fault!.actions.filter(({ subject }) => subject.startsWith('db.'));
    assert.deepEqual(completeness(record).missingByReason, { 'entry span missing': 90 });
  });

  it('explains spans that a server took with it, but only those of its last moments', () => {
    const by = (operation: Operation) => operation.servedBy === 'web-1.us-west' && operation.outcome === 'ok';
    const late = withoutEntry((operation) => by(operation) && operation.intendedMs > FAULT_MS - 1000);
    assert.equal(late.result.missingByReason['answered by a server that was lost before it sent its spans'], 1);
    const early = withoutEntry((operation) => by(operation) && operation.intendedMs < FAULT_MS - 3000);
    assert.equal(early.result.missingByReason['entry span missing'], 1);
  });

  it('explains a refusal that no server signed, but not a success that none signed', () => {
    for (const [status, explained] of [
      [503, 1],
      [200, 0],
    ] as const) {
      const record = buildRecord();
      const operation = record.operations.find(steady)!;
      operation.status = status;
      delete operation.servedBy;
      record.spans = record.spans.filter((span) => span.traceId !== operation.traceId || span.kind !== 'server');
      assert.equal(completeness(record).missingByReason['refused before it reached a server'] ?? 0, explained);
    }
  });

  it('has no share without operations, and at most ten examples', () => {
    const record = buildRecord();
    record.spans = [];
    const none = completeness(record);
    assert.deepEqual([none.complete, none.share, none.examples.length], [0, 0, 10]);
    assert.equal(completeness({ ...record, operations: [] }).share, null);
  });
});
