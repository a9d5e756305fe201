import assert from 'node:assert/strict';
import { hostOutage, kill, zoneOutage } from '../../faults/catalogue.ts';
import { node } from '../../model/selector.ts';
import { probeEdge } from '../../runtime/edge-probe.ts';
import { testFaults } from './testing/fault-rig.ts';

testFaults('node', [
  {
    fault: kill({ nodes: [node('cache.right'), node('service.left')] }),
    effect: async (target) => {
      const { outcome } = await probeEdge(target, 'clients->cache.right:redis', { timeoutMs: 5000 });
      assert.ok(outcome === 'reset' || outcome === 'closed', outcome);
    },
    sabotage: (target) => target.start(['service.left']),
  },
  {
    fault: hostOutage({ host: 'host-of-cache.right' }),
    effect: async (target) => {
      const { outcome } = await probeEdge(target, 'clients->cache.right:redis', { timeoutMs: 300 });
      assert.equal(outcome, 'silent');
    },
    sabotage: (target) => target.start(['cache.right']),
  },
  {
    fault: zoneOutage({ zone: 'right' }),
    effect: async (target) => {
      assert.equal((await target.status('db.right')).processes, 0);
    },
    sabotage: (target) => target.start(['db.right']),
  },
]);
