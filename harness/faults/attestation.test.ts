import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { EdgeProbe, FaultContext } from '../model/fault.ts';
import type { NodeStatus } from '../model/running-target.ts';
import { attestEdges, attestNodes } from './attestation.ts';

const ANSWERED: Partial<EdgeProbe> = { answered: true, silent: false, detail: 'HTTP/1.1 200 OK' };
const CLOSED: Partial<EdgeProbe> = { answered: false, silent: false, detail: 'closed without an answer' };
const SILENT: Partial<EdgeProbe> = { answered: false, silent: true, detail: 'no answer in time' };

/** A context whose probes find what the test says; everything else of it must not be needed. */
function finding(found: { edge?: Partial<EdgeProbe>; node?: NodeStatus }): FaultContext {
  return {
    clock: { now: () => 0 },
    probeEdge: async () => ({ atMs: 0, durationMs: 0, ...found.edge }) as EdgeProbe,
    target: { status: async () => found.node! },
  } as unknown as FaultContext;
}

async function edgeStatus(edge: Partial<EdgeProbe>, expected: 'silent' | 'answering') {
  return (await attestEdges(finding({ edge }), ['a->b:http'], expected)).map(({ status }) => status);
}

async function nodeStatus(node: NodeStatus, expected: 'gone' | 'running') {
  return (await attestNodes(finding({ node }), ['a'], expected)).map(({ status }) => status);
}

describe('attestation', () => {
  it('confirms a cut only by silence: a closed connection shows a dead far end, not a cut', async () => {
    assert.deepEqual(await edgeStatus(SILENT, 'silent'), ['confirmed']);
    assert.deepEqual(await edgeStatus(CLOSED, 'silent'), ['mismatch']);
    assert.deepEqual(await edgeStatus(ANSWERED, 'silent'), ['mismatch']);
  });

  it('confirms a healed edge only by an answer', async () => {
    assert.deepEqual(await edgeStatus(ANSWERED, 'answering'), ['confirmed']);
    assert.deepEqual(await edgeStatus(CLOSED, 'answering'), ['mismatch']);
    assert.deepEqual(await edgeStatus(SILENT, 'answering'), ['mismatch']);
  });

  it('confirms a dead node only when no process of it is left', async () => {
    assert.deepEqual(await nodeStatus({ state: 'exited', processes: 0 }, 'gone'), ['confirmed']);
    assert.deepEqual(await nodeStatus({ state: 'exited', processes: 2 }, 'gone'), ['mismatch']);
    assert.deepEqual(await nodeStatus({ state: 'running', processes: 1 }, 'gone'), ['mismatch']);
  });

  it('does not take a paused node for a running one', async () => {
    assert.deepEqual(await nodeStatus({ state: 'running', processes: 1 }, 'running'), ['confirmed']);
    assert.deepEqual(await nodeStatus({ state: 'paused', processes: 1 }, 'running'), ['mismatch']);
  });
});
