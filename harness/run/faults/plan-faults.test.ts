import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { clockSkew, cpuHog, diskFull, kill, memoryLimit } from '../../faults/catalogue.ts';
import type { Fault } from '../../model/fault.ts';
import { node, zone } from '../../model/selector.ts';
import { recordTopology } from '../../model/topology.ts';
import { smallTopology } from '../../runtime/testing/test-topology.ts';
import { preparationsFor } from './plan-faults.ts';

const prepare = (...faults: Fault[]) =>
  Object.fromEntries(
    preparationsFor(faults.map((fault) => ({ fault, scope: fault.scope(recordTopology(smallTopology)) }))),
  );

describe('what nodes are prepared with', () => {
  it('is what all faults that touch them need, and nothing for the others', () => {
    const prepared = prepare(
      memoryLimit({ nodes: node('service.left'), memoryMebibytes: 256 }),
      cpuHog({ nodes: node('service.left'), cpus: 0.5 }),
      clockSkew({ nodes: zone('left'), skewMs: 2000 }),
      diskFull({ nodes: node('cache.right'), dataMebibytes: 64 }),
    );
    assert.deepEqual(prepared, { 'service.left': { limits: true, clock: true }, 'cache.right': { dataMebibytes: 64 } });
  });

  it('is nothing for faults that need nothing', () => {
    assert.deepEqual(prepare(kill({ nodes: node('cache.right') })), { 'cache.right': {} });
  });
});
