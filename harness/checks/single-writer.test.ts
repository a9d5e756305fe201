import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict } from '../model/analysis/test-builders/expect-verdict.ts';
import { buildRecord, event } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS, UNDO_MS } from '../model/analysis/test-builders/story-times.ts';
import type { RunRecord } from '../model/run-record.ts';

import { singleWriter } from './single-writer.ts';

const EAST_OPEN_MS = FAULT_MS + 5100;

/** As in a partition: nothing is killed, so the old primary has to stop by itself. */
function partition(...ofOldPrimary: ReturnType<typeof event>[]): RunRecord {
  const record = buildRecord();
  record.manifest.faults[0]!.actions = record.manifest.faults[0]!.actions.filter(({ what }) => what === 'cut');
  record.events.push(...ofOldPrimary);
  return record;
}

describe('single-writer', () => {
  it('passes when the old primary was killed before the new one opened', () => {
    const verdict = expectVerdict(singleWriter(), buildRecord(), 'passed');
    assert.equal(
      verdict.sentence,
      'There was never more than one writable primary: db.us-west (epoch 1) and db.us-east (epoch 2); 1,440 acknowledged writes agree.',
    );
  });

  it('passes when the old primary fenced itself first', () => {
    const record = partition(event(EAST_OPEN_MS - 1, 'db.us-west', 'fenced', { epoch: 1, reason: 'lease lost' }));
    expectVerdict(singleWriter(), record, 'passed');
  });

  it('passes when the old primary was asked to end, and closed first', () => {
    const record = partition(event(EAST_OPEN_MS - 1, 'db.us-west', 'primary-closed', { epoch: 1 }));
    expectVerdict(singleWriter(), record, 'passed');
  });

  it('deviates when it fenced itself after the new one had opened', () => {
    const record = partition(event(EAST_OPEN_MS + 300, 'db.us-west', 'fenced', { epoch: 1 }));
    const verdict = expectVerdict(singleWriter(), record, 'deviated');
    assert.equal(
      verdict.sentence,
      'There were two writable primaries at one time: db.us-east opened for writes with epoch 2, 5.1 s after the fault, while db.us-west (epoch 1) stopped only 300 ms later.',
    );
    assert.equal(verdict.findings[0]!.atMs, EAST_OPEN_MS);
  });

  it('deviates when it never stopped', () => {
    const record = partition();
    record.events = record.events.filter(({ atMs, node }) => node !== 'db.us-west' || atMs < FAULT_MS);
    const { findings } = expectVerdict(singleWriter(), record, 'deviated');
    assert.match(findings[0]!.summary, /while db\.us-west \(epoch 1\) never reported that it had stopped$/);
  });

  it('lets a primary that stood still find out when it goes on, and only then', () => {
    const paused = (...closing: ReturnType<typeof event>[]) => {
      const record = partition();
      record.events = record.events.filter(({ atMs, node }) => node !== 'db.us-west' || atMs < FAULT_MS);
      record.events.push(...closing);
      const [fault] = record.manifest.faults;
      fault!.actions.push({ atMs: FAULT_MS, what: 'paused', subject: 'db.us-west' });
      fault!.undoActions.push({ atMs: UNDO_MS, what: 'resumed', subject: 'db.us-west' });
      return record;
    };
    const fenced = (afterMs: number) => event(UNDO_MS + afterMs, 'db.us-west', 'fenced', { epoch: 1 });
    expectVerdict(singleWriter(), paused(fenced(60)), 'passed');
    expectVerdict(singleWriter(), paused(fenced(900)), 'deviated');
    expectVerdict(singleWriter(), paused(), 'deviated');
  });

  it('is not misled by the fencing or the death of another node', () => {
    const fenced = partition(event(EAST_OPEN_MS - 1, 'db.us-east', 'fenced', { epoch: 1 }));
    expectVerdict(singleWriter(), fenced, 'deviated');
    const killed = buildRecord();
    for (const action of killed.manifest.faults[0]!.actions) {
      if (action.subject === 'db.us-west') action.subject = 'db.us-north';
    }
    expectVerdict(singleWriter(), killed, 'deviated');
  });

  it('lets one node open again after it was fenced', () => {
    const record = buildRecord();
    record.events.push(
      event(FAULT_MS - 5000, 'db.us-west', 'fenced', { epoch: 1 }),
      event(FAULT_MS - 4000, 'db.us-west', 'primary-open', { epoch: 1 }),
    );
    expectVerdict(singleWriter(), record, 'passed');
  });

  it('deviates when two agents told the harness at one time that they were primary', () => {
    const record = buildRecord();
    const observed = record.manifest.roles.filter(({ atMs }) => atMs === UNDO_MS - 100);
    observed.find(({ node }) => node === 'db.us-west')!.role = 'primary';
    const { sentence } = expectVerdict(singleWriter(), record, 'deviated');
    assert.match(sentence, /db\.us-west and db\.us-east both told the harness that they were primary\.$/);
  });

  it('deviates when an earlier epoch acknowledged a write that began after a later one had acknowledged', () => {
    const record = buildRecord();
    const writes = record.operations.filter(({ epoch }) => epoch === 2);
    const stale = writes[4]!;
    Object.assign(stale, { epoch: 1, writtenBy: 'db.us-west' });
    const verdict = expectVerdict(singleWriter(), record, 'deviated');
    assert.equal(verdict.findings.length, 1);
    assert.equal(verdict.findings[0]!.traceId, stale.traceId);
    assert.match(
      verdict.findings[0]!.summary,
      /was acknowledged by db\.us-west with epoch 1, although it began .* after db\.us-east/,
    );
  });

  it('does not blame a write that was only slow: it began before the later epoch acknowledged', () => {
    const record = buildRecord();
    const first = record.operations.find(({ epoch }) => epoch === 2)!;
    const before = record.operations.findLast(({ epoch }) => epoch === 1)!;
    before.endMs = first.endMs! + 1500;
    expectVerdict(singleWriter(), record, 'passed');
    const concurrent = record.operations.filter(({ epoch }) => epoch === 2)[1]!;
    Object.assign(concurrent, { epoch: 1, writtenBy: 'db.us-west', startMs: first.endMs! });
    expectVerdict(singleWriter(), record, 'passed');
  });

  it('deviates when two nodes acknowledged under one epoch', () => {
    const record = buildRecord();
    record.operations.filter(({ epoch }) => epoch === 2)[0]!.writtenBy = 'db.us-west';
    const { findings } = expectVerdict(singleWriter(), record, 'deviated');
    assert.match(findings[0]!.summary, /both acknowledged writes with epoch 2$/);
  });

  it('is inconclusive without the events or without stamped writes', () => {
    const silent = buildRecord();
    silent.events = silent.events.filter((each) => each.event !== 'primary-open');
    assert.deepEqual(expectVerdict(singleWriter(), silent, 'inconclusive').gaps, [
      'no database reported when it opened for writes',
    ]);
    const unstamped = buildRecord();
    for (const operation of unstamped.operations) delete operation.epoch;
    expectVerdict(singleWriter(), unstamped, 'inconclusive');
  });
});
