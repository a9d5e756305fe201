import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import { pollUntil } from './poll.ts';
import { TestCluster, type Zone } from './testing/cluster.ts';
import { PreparedData } from './testing/prepared-data.ts';
import { singleWriterVerdict } from './testing/single-writer-verdict.ts';
import { missing, Writer, write } from './testing/writer.ts';

describe('the database agent with real servers', function () {
  this.timeout(180_000);
  let data: PreparedData;
  let cluster: TestCluster | undefined;
  const writers: Writer[] = [];

  async function up(options?: Parameters<typeof TestCluster.start>[0]): Promise<TestCluster> {
    cluster = await TestCluster.start({ data, ...options });
    return cluster;
  }

  function writing(target: TestCluster, zone: Zone): Writer {
    const writer = new Writer(target, zone);
    writers.push(writer);
    return writer;
  }

  before(async () => {
    data = await PreparedData.make();
  });

  after(() => data.remove());

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.error(await cluster?.diagnosis());
    for (const writer of writers.splice(0)) await writer.end();
    await cluster?.stop();
    cluster = undefined;
  });

  it('brings up one open primary and one standby that replicates and only reads', async () => {
    const target = await up({ data: undefined });
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

  it('records that the standby is lost before writes go on without it, and waits for it again when it is back', async () => {
    const target = await up();
    const writer = writing(target, 'us-west');
    await pollUntil(() => writer.acknowledged.length > 20, { subject: 'writes', timeoutMs: 5000, intervalMs: 10 });
    const killedAt = Date.now();
    await target.killDatabase('us-east');
    const outOfSync = await target.event('us-west', 'in-sync', killedAt);
    const asynchronous = await target.event('us-west', 'synchronous-replication', killedAt);
    assert.deepEqual([outOfSync.value, asynchronous.value], [false, 'off']);
    assert.ok(outOfSync.time <= asynchronous.time);
    const acknowledged = writer.acknowledged.length;
    await pollUntil(() => writer.acknowledged.length > acknowledged + 20, {
      subject: 'writes without the standby',
      timeoutMs: 4000,
      intervalMs: 10,
    });
    assert.equal((await target.state('us-west')).inSync, false);
    await target.startDatabase('us-east');
    await target.until('us-west', 'to be in sync again', ({ inSync }) => inSync);
    await writer.end();
    const standby = await target.session('us-east');
    assert.deepEqual(await missing(standby, writer.acknowledged), []);
    await standby.end();
  });

  it("goes on by the standby's promise while every coordinator is gone", async () => {
    const target = await up();
    const writer = writing(target, 'us-west');
    const killedAt = Date.now();
    for (const zone of ['us-east', 'us-west', 'witness'] as const) target.killCoordinator(zone);
    assert.equal((await target.event('us-west', 'failsafe', killedAt)).value, true);
    // Two lease times: without the promise the primary would have fenced itself, and the standby would have tried.
    await pollUntil(() => (writer.acknowledged.at(-1)?.at ?? 0) > killedAt + 5000, {
      subject: 'writes two lease times later',
      timeoutMs: 8000,
      intervalMs: 20,
    });
    assert.equal(await target.health('us-east', '/primary'), 503);
    const restartedAt = Date.now();
    for (const zone of ['us-east', 'us-west', 'witness'] as const) await target.startCoordinator(zone);
    assert.equal((await target.event('us-west', 'failsafe', restartedAt)).value, false);
    const { role, epoch } = await target.state('us-west');
    assert.deepEqual({ role, epoch }, { role: 'primary', epoch: 1 });
    const names = (await target.events('us-west')).map(({ event }) => event);
    assert.ok(!names.includes('fenced'), names.join(', '));
  });

  for (const zone of ['us-east', 'us-west', 'witness'] as const) {
    it(`does not lose its primary when the coordinator of ${zone} dies`, async () => {
      const target = await up();
      const writer = writing(target, 'us-west');
      target.killCoordinator(zone);
      const killedAt = Date.now();
      await pollUntil(() => (writer.acknowledged.at(-1)?.at ?? 0) > killedAt + 4000, {
        subject: 'writes more than a lease time later',
        timeoutMs: 8000,
        intervalMs: 20,
      });
      const events = [...(await target.events('us-west')), ...(await target.events('us-east'))];
      const names = events.filter(({ time }) => time >= killedAt).map(({ event }) => event);
      assert.ok(!names.includes('fenced') && !names.includes('promotion-started'), names.join(', '));
    });
  }

  it('fences an isolated primary before the standby opens, and reunites them after the partition', async () => {
    const target = await up();
    const [west, east] = [writing(target, 'us-west'), writing(target, 'us-east')];
    await pollUntil(() => west.acknowledged.length > 20, { subject: 'writes', timeoutMs: 5000, intervalMs: 10 });
    for (const edge of target.edgesOf('us-west')) edge.cut();
    await pollUntil(() => east.acknowledged.length > 20, {
      subject: 'writes in us-east',
      timeoutMs: 15_000,
      intervalMs: 10,
    });
    const fenced = await target.event('us-west', 'fenced');
    const opened = await target.event('us-east', 'primary-open');
    assert.ok(fenced.time < opened.time, `fenced ${fenced.time}, opened ${opened.time}`);
    assert.equal(await target.health('us-west', '/primary'), 503);
    assert.equal(await target.health('us-west', '/replica'), 503);
    const [lastWest, firstEast] = [west.acknowledged.at(-1)?.at ?? 0, east.acknowledged[0]?.at ?? 0];
    assert.ok(lastWest < firstEast, `last write in us-west ${lastWest}, first in us-east ${firstEast}`);
    for (const edge of target.edgesOf('us-west')) edge.heal();
    await target.ready('us-west');
    await target.until('us-east', 'to have its standby in sync', ({ inSync }) => inSync);
    for (const writer of [west, east]) await writer.end();
    for (const zone of ['us-west', 'us-east'] as const) {
      const session = await target.session(zone);
      assert.deepEqual(await missing(session, [...west.acknowledged, ...east.acknowledged]), [], `in ${zone}`);
      await session.end();
    }
  });

  it('opens a restarted primary again, in the same epoch, once its standby has confirmed its position', async () => {
    const target = await up({ longLease: true });
    const writer = writing(target, 'us-west');
    await pollUntil(() => writer.acknowledged.length > 20, { subject: 'writes', timeoutMs: 5000, intervalMs: 10 });
    const killedAt = Date.now();
    await target.killDatabase('us-west');
    await target.startDatabase('us-west');
    const opened = await target.event('us-west', 'primary-open', killedAt);
    assert.equal(opened.epoch, 1);
    const names = (await target.events('us-west')).filter(({ time }) => time > killedAt).map(({ event }) => event);
    assert.ok(!names.includes('in-sync') || names.indexOf('in-sync') < names.indexOf('primary-open'), names.join(', '));
    await writer.end();
    const session = await target.session('us-west');
    assert.deepEqual(await missing(session, writer.acknowledged), []);
    await session.end();
  });

  it('says that it is closed when its PostgreSQL crashes, before it or the standby opens again', async () => {
    const target = await up();
    const crashedAt = Date.now();
    await target.crashPostgres('us-west');
    const reopened = await target.event('us-west', 'primary-open', crashedAt);
    const closed = await target.event('us-west', 'fenced', crashedAt);
    assert.ok(closed.time <= reopened.time, `closed ${closed.time}, opened again ${reopened.time}`);
    assert.equal(reopened.epoch, 1);
    await target.until('us-west', 'to be in sync again', ({ ready }) => ready);
    const ruinedAt = Date.now();
    await target.crashPostgres('us-west', { forGood: true });
    assert.equal((await target.event('us-east', 'primary-open', ruinedAt)).epoch, 2);
    const { status, sentence } = await singleWriterVerdict(target);
    assert.equal(status, 'passed', sentence);
  });

  it('ends the PostgreSQL of an agent that is stopped, and the standby takes over', async () => {
    const target = await up();
    const [west, east] = [writing(target, 'us-west'), writing(target, 'us-east')];
    await pollUntil(() => west.acknowledged.length > 20, { subject: 'writes', timeoutMs: 5000, intervalMs: 10 });
    process.kill(target.pid('db.us-west'), 'SIGSTOP');
    await pollUntil(() => east.acknowledged.length > 0, {
      subject: 'writes in us-east',
      timeoutMs: 15_000,
      intervalMs: 10,
    });
    const [lastWest, firstEast] = [west.acknowledged.at(-1)?.at ?? 0, east.acknowledged[0]?.at ?? 0];
    assert.ok(lastWest < firstEast, `last write in us-west ${lastWest}, first in us-east ${firstEast}`);
    process.kill(target.pid('db.us-west'), 'SIGCONT');
    await target.ready('us-west');
    assert.equal((await target.state('us-west')).role, 'standby');
    const { status, sentence } = await singleWriterVerdict(target);
    assert.equal(status, 'passed', sentence);
  });

  it('hands over at once when the primary is asked to end', async () => {
    const target = await up();
    const writer = writing(target, 'us-west');
    await pollUntil(() => writer.acknowledged.length > 20, { subject: 'writes', timeoutMs: 5000, intervalMs: 10 });
    process.kill(target.pid('db.us-west'), 'SIGTERM');
    assert.equal((await target.event('us-east', 'promotion-started')).cause, 'released');
    await target.event('us-east', 'primary-open');
    const session = await target.session('us-east');
    assert.deepEqual(await missing(session, writer.acknowledged), []);
    await session.end();
    const { status, sentence } = await singleWriterVerdict(target);
    assert.equal(status, 'passed', sentence);
  });

  it('promotes an asynchronous standby that is within the lag limit', async () => {
    const target = await up({ durability: 'async' });
    const east = writing(target, 'us-east');
    await target.killDatabase('us-west');
    await pollUntil(() => east.acknowledged.length > 0, {
      subject: 'writes in us-east',
      timeoutMs: 15_000,
      intervalMs: 10,
    });
  });

  it('never promotes as the mutant no-promotion', async () => {
    const target = await up({ mutant: 'no-promotion' });
    const killedAt = Date.now();
    await target.killDatabase('us-west');
    await pollUntil(() => Date.now() > killedAt + 5000, {
      subject: 'two lease times',
      timeoutMs: 6000,
      intervalMs: 100,
    });
    const names = (await target.events('us-east')).map(({ event }) => event);
    assert.ok(!names.includes('promotion-started'), names.join(', '));
  });

  it('goes on serving while isolated as the mutant no-fencing, so that two primaries accept writes', async () => {
    const target = await up({ mutant: 'no-fencing', durability: 'async' });
    const [west, east] = [writing(target, 'us-west'), writing(target, 'us-east')];
    for (const edge of target.edgesOf('us-west')) edge.cut();
    await pollUntil(() => east.acknowledged.length > 20, {
      subject: 'writes in us-east',
      timeoutMs: 15_000,
      intervalMs: 10,
    });
    assert.ok((west.acknowledged.at(-1)?.at ?? 0) > (east.acknowledged[0]?.at ?? Number.POSITIVE_INFINITY));
    assert.equal(await target.health('us-west', '/primary'), 200);
    for (const edge of target.edgesOf('us-west')) edge.heal();
    await target.until('us-west', 'to be a standby', ({ role, streaming }) => role === 'standby' && streaming);
    const { status, sentence } = await singleWriterVerdict(target);
    assert.equal(status, 'deviated', sentence);
  });

  it('claims to be in sync without waiting for the standby as the mutant false-in-sync', async () => {
    const target = await up({ mutant: 'false-in-sync' });
    const killedAt = Date.now();
    await target.killDatabase('us-east');
    const writer = writing(target, 'us-west');
    await pollUntil(() => (writer.acknowledged.at(-1)?.at ?? 0) > killedAt + 3000, {
      subject: 'writes after the loss of the standby',
      timeoutMs: 8000,
      intervalMs: 20,
    });
    assert.equal((await target.state('us-west')).inSync, true);
  });
});
