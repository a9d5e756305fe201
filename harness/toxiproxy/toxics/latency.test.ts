import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { PipelineRig } from '../testing/pipeline-rig.ts';

const latency = (latency: number, jitter = 0) => ({ type: 'latency', name: 'slow', attributes: { latency, jitter } });

describe('latency', () => {
  it('lets each chunk leave at its arrival plus the latency, so throughput is kept', () => {
    const rig = new PipelineRig();
    rig.add(latency(100));
    rig.send('a');
    rig.advance(30);
    rig.send('b');
    rig.advance(200);
    assert.deepEqual(rig.output, [
      { atMs: 100, text: 'a' },
      { atMs: 130, text: 'b' },
    ]);
    assert.deepEqual(rig.delaysMs, [100, 100]);
  });

  it('draws whole milliseconds from L-J to L+J-1, and all of them', () => {
    const rig = new PipelineRig();
    rig.add(latency(10, 3));
    for (let round = 0; round < 300; round += 1) {
      rig.send('x');
      rig.advance(50);
    }
    const seen = [...new Set(rig.delaysMs)].sort((a, b) => a - b);
    assert.deepEqual(seen, [7, 8, 9, 10, 11, 12]);
  });

  it('draws from L-1 and L with a jitter of 1, and always L with none', () => {
    for (const [jitter, expected] of [
      [1, [9, 10]],
      [0, [10]],
    ] as const) {
      const rig = new PipelineRig();
      rig.add(latency(10, jitter));
      for (let round = 0; round < 50; round += 1) {
        rig.send('x');
        rig.advance(50);
      }
      assert.deepEqual(
        [...new Set(rig.delaysMs)].sort((a, b) => a - b),
        expected,
      );
    }
  });

  it('keeps nothing of the time before it was released', () => {
    const rig = new PipelineRig();
    rig.add(latency(1000));
    rig.send('a');
    rig.update('slow', { toxicity: 0 });
    assert.equal(rig.text, 'a');
    rig.update('slow', { toxicity: 1, attributes: { latency: 10 } });
    rig.send('b');
    rig.advance(10);
    assert.equal(rig.text, 'ab');
  });

  it('never delays by less than nothing when the jitter exceeds the latency', () => {
    const rig = new PipelineRig();
    rig.add(latency(1, 5));
    for (let round = 0; round < 100; round += 1) {
      rig.send('x');
      rig.advance(20);
    }
    assert.equal(Math.min(...rig.delaysMs), 0);
    assert.equal(Math.max(...rig.delaysMs), 5);
  });

  it('never reorders, whatever the jitter draws', () => {
    const rig = new PipelineRig();
    rig.add(latency(50, 50));
    const sent = Array.from({ length: 60 }, (_, index) => String.fromCharCode(65 + index)).join('');
    for (const letter of sent) {
      rig.send(letter);
      rig.advance(1);
    }
    rig.advance(200);
    assert.equal(rig.text, sent);
  });

  it('does not delay a bare end, but lets an end follow the data before it', () => {
    const bare = new PipelineRig();
    bare.add(latency(100));
    bare.end();
    assert.deepEqual(bare.output, [{ atMs: 0, event: 'end' }]);

    const after = new PipelineRig();
    after.add(latency(100));
    after.send('x');
    after.advance(10);
    after.end();
    after.advance(200);
    assert.deepEqual(after.output, [
      { atMs: 100, text: 'x' },
      { atMs: 100, event: 'end' },
    ]);
  });

  it('adds up when there are several', () => {
    const rig = new PipelineRig();
    rig.add(latency(100));
    rig.add({ ...latency(40), name: 'slower' });
    rig.send('x');
    rig.advance(500);
    assert.deepEqual(rig.output, [{ atMs: 140, text: 'x' }]);
  });

  it('on update releases the chunk at the head at once and delays those behind it anew from their arrival', () => {
    const rig = new PipelineRig();
    rig.add(latency(1000));
    rig.send('a');
    rig.send('b');
    rig.advance(100);
    rig.send('c');
    rig.update('slow', { attributes: { latency: 300 } });
    assert.deepEqual(rig.output, [{ atMs: 100, text: 'a' }]);
    rig.advance(1000);
    assert.deepEqual(rig.output.slice(1), [
      { atMs: 300, text: 'b' },
      { atMs: 400, text: 'c' },
    ]);
  });

  it('on removal flushes everything in order, the end too', () => {
    const rig = new PipelineRig();
    rig.add(latency(1000));
    for (const letter of 'abc') rig.send(letter);
    rig.end();
    rig.advance(1);
    rig.remove('slow');
    assert.equal(rig.text, 'abc');
    assert.deepEqual(rig.events, ['end']);
    assert.equal(rig.scheduler.waiting, 0);
  });

  it('starts afresh after an update to no latency', () => {
    const rig = new PipelineRig();
    rig.add(latency(1000));
    rig.send('a');
    rig.send('b');
    rig.update('slow', { attributes: { latency: 0 } });
    assert.equal(rig.text, 'ab');
    rig.send('c');
    assert.equal(rig.text, 'abc');
  });

  it('asks the source to wait at 1024 chunks in flight', () => {
    const rig = new PipelineRig();
    rig.add(latency(1000));
    for (let sent = 0; sent < 1023; sent += 1) rig.send('x');
    assert.equal(rig.pipeline.full, false);
    rig.send('x');
    assert.equal(rig.pipeline.full, true);
    rig.advance(1000);
    assert.equal(rig.pipeline.full, false);
    assert.equal(rig.roomTold.at(-1), true);
  });

  it('drops what it holds when the connection goes', () => {
    const rig = new PipelineRig();
    rig.add(latency(1000));
    rig.send('x');
    rig.pipeline.dispose();
    assert.equal(rig.scheduler.waiting, 0);
    rig.advance(2000);
    assert.deepEqual(rig.output, []);
  });
});
