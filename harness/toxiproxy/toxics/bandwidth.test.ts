import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { PipelineRig } from '../testing/pipeline-rig.ts';

const rigWith = (rate: number): PipelineRig => {
  const rig = new PipelineRig();
  rig.add({ type: 'bandwidth', name: 'narrow', attributes: { rate } });
  return rig;
};
const timesAndSizes = (rig: PipelineRig) =>
  rig.output.map((item) => ('text' in item ? [item.atMs, item.text.length] : [item.atMs, item.event]));

describe('bandwidth', () => {
  it('waits length/rate before it sends, with 1000 bytes to the KB', () => {
    const rig = rigWith(10);
    rig.send('x'.repeat(500));
    rig.advance(49.9);
    assert.deepEqual(rig.output, []);
    rig.advance(0.1);
    assert.deepEqual(timesAndSizes(rig), [[50, 500]]);
    assert.deepEqual(rig.delaysMs, [50]);
  });

  it('sends a chunk of more than rate*100 bytes in slices of 100 ms', () => {
    const rig = rigWith(1);
    rig.send('x'.repeat(250));
    rig.advance(1000);
    assert.deepEqual(timesAndSizes(rig), [
      [100, 100],
      [200, 100],
      [250, 50],
    ]);
  });

  it('sends a chunk of exactly rate*100 bytes in one piece', () => {
    const rig = rigWith(1);
    rig.send('x'.repeat(100));
    rig.advance(1000);
    assert.deepEqual(timesAndSizes(rig), [[100, 100]]);
  });

  it('keeps the rate over many chunks that wait', () => {
    const rig = rigWith(100);
    for (let sent = 0; sent < 10; sent += 1) rig.send('x'.repeat(1000));
    rig.advance(1000);
    assert.deepEqual(timesAndSizes(rig).at(-1), [100, 1000]);
  });

  it('makes up for late timers', () => {
    const rig = rigWith(1);
    for (let sent = 0; sent < 5; sent += 1) rig.send('x'.repeat(10));
    rig.scheduler.stall(45);
    assert.equal(rig.text.length, 40);
    rig.advance(5);
    assert.equal(rig.text.length, 50);
  });

  it('gives no credit for idle time', () => {
    const rig = rigWith(10);
    rig.advance(10_000);
    rig.send('x'.repeat(100));
    rig.advance(5);
    assert.equal(rig.text, '');
    rig.advance(5);
    assert.equal(rig.text.length, 100);
    rig.advance(1000);
    rig.send('x'.repeat(100));
    rig.advance(5);
    assert.equal(rig.text.length, 100);
  });

  it('blocks data at rate 0, but not a bare end', () => {
    const rig = rigWith(0);
    rig.send('x');
    rig.end();
    rig.advance(100_000);
    assert.deepEqual(rig.output, []);
    assert.equal(rig.pipeline.full, true);

    const bare = rigWith(0);
    assert.equal(bare.pipeline.full, false);
    bare.end();
    assert.deepEqual(bare.events, ['end']);
  });

  it('lets the end follow the data', () => {
    const rig = rigWith(1);
    rig.send('x'.repeat(10));
    rig.end();
    rig.advance(9);
    assert.deepEqual(rig.output, []);
    rig.advance(1);
    assert.deepEqual(timesAndSizes(rig), [
      [10, 10],
      [10, 'end'],
    ]);
  });

  for (const [how, release] of [
    ['an update', (rig: PipelineRig) => rig.update('narrow', { attributes: { rate: 5 } })],
    ['a removal', (rig: PipelineRig) => rig.remove('narrow')],
  ] as const) {
    it(`releases what it holds on ${how}`, () => {
      const rig = rigWith(0);
      rig.send('abc');
      rig.send('def');
      rig.end();
      release(rig);
      assert.equal(rig.text, 'abcdef');
      assert.deepEqual(rig.events, ['end']);
      assert.equal(rig.scheduler.waiting, 0);
    });
  }

  it('goes by the new rate after an update', () => {
    const rig = rigWith(1);
    rig.send('x'.repeat(1000));
    rig.update('narrow', { attributes: { rate: 100 } });
    rig.send('y'.repeat(1000));
    rig.advance(9.9);
    assert.equal(rig.text.length, 1000);
    rig.advance(0.1);
    assert.equal(rig.text.length, 2000);
  });

  it('reads ahead 64 KiB, or 20 ms of the rate when that is more, but at most 8 MiB', () => {
    const fullAt = (rate: number): number => {
      const rig = rigWith(rate);
      let sent = 0;
      for (; !rig.pipeline.full; sent += 1024) rig.send('x'.repeat(1024));
      return sent;
    };
    assert.equal(fullAt(1), 64 * 1024);
    assert.equal(fullAt(10_000), 196 * 1024);
    assert.equal(fullAt(1_000_000), 8 * 1024 * 1024);
  });

  it('has room again, and says so, when what it held has gone by time, update or removal', () => {
    for (const release of [
      (rig: PipelineRig) => rig.advance(100_000),
      (rig: PipelineRig) => rig.update('narrow', { attributes: { rate: 2 } }),
    ]) {
      const rig = rigWith(1);
      while (!rig.pipeline.full) rig.send('x'.repeat(1024));
      rig.roomTold.length = 0;
      release(rig);
      assert.equal(rig.pipeline.full, false);
      assert.equal(rig.roomTold.at(-1), true);
    }
  });

  it('counts from nothing again after an update', () => {
    const rig = rigWith(1);
    rig.send('x'.repeat(100));
    rig.advance(100);
    rig.send('y'.repeat(1000));
    rig.advance(200);
    rig.update('narrow', { attributes: { rate: 10 } });
    rig.send('z'.repeat(100));
    rig.advance(10);
    assert.equal(rig.text.length, 1200);
  });

  it('drops what it holds when the connection goes', () => {
    const rig = rigWith(1);
    rig.send('x');
    rig.pipeline.dispose();
    assert.equal(rig.scheduler.waiting, 0);
    rig.advance(1000);
    assert.deepEqual(rig.output, []);
  });
});
