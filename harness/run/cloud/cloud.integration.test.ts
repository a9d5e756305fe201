import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { RunningTarget } from '../../model/running-target.ts';
import { formatAddress } from '../../model/topology.ts';
import { probeEdge } from '../../runtime/edge-probe.ts';
import { DRIVERS_UNDER_TEST, type DriverUnderTest } from '../../runtime/testing/drivers-under-test.ts';
import { topologyWithSpare } from '../../runtime/testing/test-topology.ts';
import { Cloud } from './cloud.ts';

const BRING_UP_MS = 120_000;
const SPARE = 'spare.right';

for (const driver of DRIVERS_UNDER_TEST) {
  describe(`The cloud of a target of the ${driver.name} driver`, function () {
    this.timeout(BRING_UP_MS);
    promises(driver);
  });
}

function promises(driver: DriverUnderTest): void {
  const ready: string[] = [];
  const actions: string[] = [];
  let logDirectory: string;
  let target: RunningTarget;
  let cloud: Cloud;

  const ask = async (method: string, path: string) => {
    const response = await fetch(`http://${formatAddress(cloud.address)}${path}`, { method });
    const { hint: _, ...body } = (await response.json()) as Record<string, unknown>;
    return [response.status, body] as const;
  };
  const post = (path: string) => ask('POST', path);

  before(async function () {
    const start = await driver.prepare(this);
    logDirectory = mkdtempSync(join(tmpdir(), 'faultline-cloud-'));
    target = await start(topologyWithSpare, {
      ...{ runId: `cloud-${driver.name}-${process.pid}`, logDirectory, seed: 1, timeoutMs: BRING_UP_MS },
      endpoints: async (host) => {
        cloud = await Cloud.start(host);
        return { cloud: cloud.address };
      },
      onNodeReady: (node) => ready.push(node),
    });
  });
  after(async () => {
    await cloud?.close();
    await target?.tearDown();
    if (logDirectory !== undefined) rmSync(logDirectory, { recursive: true });
  });

  it('does nothing while the target is not up', async () => {
    assert.deepEqual(await ask('GET', '/nodes'), [503, { error: 'target-not-up', message: 'The target is not up' }]);
    cloud.serve(target, { inRotation: async () => null }, ({ node, did }) => actions.push(`${node} ${did}`));
  });

  it('has nodes that did not come up with the target', async () => {
    assert.equal(ready.includes(SPARE), false);
    assert.deepEqual(await ask('GET', '/nodes'), [200, { nodes: [{ node: SPARE, state: 'not-started' }] }]);
  });

  it('refuses nodes that are none of its own', async () => {
    assert.deepEqual(await post('/nodes/spair.right/start'), [
      404,
      { error: 'unknown-node', message: 'spare has no node "spair.right"; did you mean "spare.right"?' },
    ]);
    assert.deepEqual(await post('/nodes/service.left/stop'), [
      403,
      {
        error: 'not-on-request',
        message: 'service.left starts with spare and is not to be started or stopped on request',
      },
    ]);
    assert.equal((await target.status('service.left')).state, 'running');
    assert.equal((await post(`/nodes/${SPARE}/dance`))[0], 404);
    assert.equal((await ask('GET', `/nodes/${SPARE}/start`))[0], 404);
  });

  it('starts one once, for whoever asks first, and tells when it is ready', async () => {
    const answers = await Promise.all([post(`/nodes/${SPARE}/start`), post(`/nodes/${SPARE}/start`)]);
    assert.deepEqual(
      answers.toSorted(([one], [other]) => one - other),
      [
        [200, { node: SPARE, state: 'running', inRotation: null }],
        [409, { error: 'node-is-changing', message: `${SPARE} is just being started or stopped` }],
      ],
    );
    assert.equal((await probeEdge(target, `clients->${SPARE}:http`, { timeoutMs: 10_000 })).outcome, 'answered');
    const again = await post(`/nodes/${SPARE}/start`);
    assert.deepEqual(again, [409, { error: 'already-running', message: `${SPARE} is running already` }]);
  });

  it('stops it, by asking it first', async () => {
    assert.deepEqual(await post(`/nodes/${SPARE}/stop`), [200, { node: SPARE, state: 'exited' }]);
    assert.deepEqual(await target.logs(SPARE, 1), ['asked to end']);
    const again = await post(`/nodes/${SPARE}/stop`);
    assert.deepEqual(again, [409, { error: 'not-running', message: `${SPARE} does not run` }]);
    assert.deepEqual(actions, [`${SPARE} started`, `${SPARE} stopped`]);
  });
}
