import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict, measured } from '../model/analysis/test-builders/expect-verdict.ts';
import { answered, type Behaviour } from '../model/analysis/test-builders/operations-builder.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS, UNDO_MS } from '../model/analysis/test-builders/story-times.ts';
import type { RunRecord } from '../model/run-record.ts';
import { addedServers } from './added-servers.ts';

const ADDED = 'web-3.us-west';
const READY_MS = 2000;

/** Everything is served at once; from when it is ready, one in so many operations of us-west by the added server. */
function adding({ oneIn = 3, readyMs = READY_MS, failsForMs = 0 } = {}): RunRecord {
  const behaviour: Behaviour = (planned) => {
    const { region, index, afterFaultMs } = planned;
    const usual = answered(planned, { datacenter: region, epoch: 1 });
    if (region !== 'us-west' || afterFaultMs < readyMs || Math.floor(index / 2) % oneIn !== 0) return usual;
    const fails = afterFaultMs < readyMs + failsForMs;
    return { ...usual, servedBy: ADDED, ...(fails ? { outcome: 'fail', status: 503, error: 'http-503' } : {}) };
  };
  const record = buildRecord({ behaviour });
  const { topology, faults } = record.manifest;
  const like = topology.nodes.find(({ name }) => name === 'web-1.us-west')!;
  record.manifest.topology = {
    ...topology,
    nodes: [...topology.nodes, { ...like, name: ADDED, host: 'web-3-host.us-west', start: 'request' }],
  };
  record.manifest.faults = [
    {
      ...faults[0]!,
      ...{ kind: 'start', title: `Start of ${ADDED}`, scope: { nodes: [ADDED], edges: [] } },
      actions: [{ atMs: FAULT_MS, what: 'asked to start', subject: ADDED }],
      undoActions: [{ atMs: UNDO_MS, what: 'left running', subject: ADDED }],
    },
  ];
  return record;
}

describe('added-servers', () => {
  it('passes with when it began to serve, and how much of an equal share it took', () => {
    const verdict = expectVerdict(addedServers(), adding(), 'passed');
    assert.equal(
      verdict.sentence,
      `What was added took traffic: ${ADDED} answered 2 s after it was asked to start and took 100 % of an equal share.`,
    );
    assert.equal(measured(verdict, 'failed', { server: ADDED }), 0);
  });

  it('deviates when it gets far less than its share', () => {
    const verdict = expectVerdict(addedServers(), adding({ oneIn: 12 }), 'deviated');
    assert.match(verdict.sentence, /web-3\.us-west answered 2[456](\.\d+)? % of an equal share/);
    assert.ok(verdict.advice?.includes('health check'));
  });

  it('deviates when it gets nothing at all', () => {
    const verdict = expectVerdict(addedServers(), adding({ readyMs: Infinity }), 'deviated');
    assert.equal(verdict.sentence, `What was added did not do its share: ${ADDED} answered 0 % of an equal share.`);
  });

  it('deviates when it begins too late', () => {
    const verdict = expectVerdict(addedServers(), adding({ readyMs: 12_000 }), 'deviated');
    assert.equal(
      verdict.sentence,
      `What was added did not do its share: ${ADDED} answered its first operation only after 12 s.`,
    );
  });

  it('deviates when what it answers fails, and names those operations', () => {
    const verdict = expectVerdict(addedServers(), adding({ failsForMs: 1000 }), 'deviated');
    assert.equal(verdict.findingsTotal, 10);
    assert.match(verdict.findings[0]!.summary, /^\S+ that web-3\.us-west answered ended with http-503$/);
  });

  it('is inconclusive when there was too little load to compare', () => {
    const record = adding();
    record.operations = record.operations.filter(({ startMs }, index) => startMs < UNDO_MS - 9000 || index % 10 === 0);
    expectVerdict(addedServers(), record, 'inconclusive');
  });

  it('is inconclusive when nothing was added', () => {
    const record = adding();
    record.manifest.faults[0]!.kind = 'kill';
    expectVerdict(addedServers(), record, 'inconclusive');
  });
});
