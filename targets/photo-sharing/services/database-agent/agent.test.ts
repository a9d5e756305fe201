import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { pollUntil } from './poll.ts';
import { TestCluster, type Zone } from './testing/cluster.ts';
import { missing, Writer, write } from './testing/writer.ts';

describe('the database agent with real servers', function () {
  this.timeout(60_000);
  let cluster: TestCluster | undefined;
  const writers: Writer[] = [];

  async function up(options?: Parameters<typeof TestCluster.start>[0]): Promise<TestCluster> {
    cluster = await TestCluster.start(options);
    return cluster;
  }

  function writing(target: TestCluster, zone: Zone): Writer {
    const writer = new Writer(target, zone);
    writers.push(writer);
    return writer;
  }

  afterEach(async () => {
    for (const writer of writers.splice(0)) await writer.end();
    await cluster?.stop();
    cluster = undefined;
  });

  it('brings up one open primary and one standby that replicates and only reads', async () => {
    const target = await up();
    const primary = await target.session('us-west');
    const standby = await target.session('us-east');
    const { id, by, epoch } = await write(primary);
    assert.deepEqual({ by, epoch }, { by: 'db.us-west', epoch: 1 });
    await pollUntil(async () => (await standby.query('SELECT FROM writes WHERE write_id = $1', [id])).rowCount === 1, {
      subject: 'the write at the standby',
      timeoutMs: 5000,
      intervalMs: 20,
    });
    await assert.rejects(write(standby), /read-only transaction/);
    const answers = async (zone: Zone) =>
      await Promise.all(['/primary', '/replica', '/standby', '/metrics'].map((path) => target.health(zone, path)));
    assert.deepEqual(await answers('us-west'), [200, 200, 503, 200]);
    assert.deepEqual(await answers('us-east'), [503, 200, 200, 200]);
    await Promise.all([primary.end(), standby.end()]);
  });

  it('promotes the standby after the loss of the primary, with every acknowledged write; the old primary rewinds', async () => {
    const target = await up();
    const before = writing(target, 'us-west');
    await pollUntil(() => before.acknowledged.length >= 200, {
      subject: '200 writes',
      timeoutMs: 10_000,
      intervalMs: 10,
    });
    const after = writing(target, 'us-east');
    target.killCoordinator('us-west');
    await target.killDatabase('us-west');
    await pollUntil(() => after.acknowledged.length >= 50, { subject: '50 more', timeoutMs: 15_000, intervalMs: 10 });
    assert.deepEqual(
      [...new Set(after.acknowledged.map(({ by, epoch }) => `${by} in epoch ${epoch}`))],
      ['db.us-east in epoch 2'],
    );
    await target.startCoordinator('us-west');
    await target.startDatabase('us-west');
    await target.ready('us-west');
    await target.until('us-east', 'to have its standby in sync', ({ inSync }) => inSync);
    const rejoin = await target.event('us-west', 'rejoin-started');
    assert.equal(rejoin.method, 'rewind');
    for (const writer of [before, after]) await writer.end();
    const session = await target.session('us-east');
    assert.deepEqual(await missing(session, [...before.acknowledged, ...after.acknowledged]), []);
    await session.end();
  });
});
