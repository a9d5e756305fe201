import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { PipelineRig } from './testing/pipeline-rig.ts';

describe('a pipeline of toxics', () => {
  it('is first in, first out in creation order', () => {
    const limitFirst = new PipelineRig();
    limitFirst.add({ type: 'limit_data', attributes: { bytes: 2 } });
    limitFirst.add({ type: 'timeout', attributes: { timeout: 50 } });
    limitFirst.send('abc');
    assert.deepEqual(limitFirst.output, [{ atMs: 0, event: 'end' }]);

    const timeoutFirst = new PipelineRig();
    timeoutFirst.add({ type: 'timeout', attributes: { timeout: 50 } });
    timeoutFirst.add({ type: 'limit_data', attributes: { bytes: 2 } });
    timeoutFirst.send('abc');
    timeoutFirst.advance(50);
    assert.deepEqual(timeoutFirst.output, [{ atMs: 50, event: 'end' }]);
  });

  it('passes data held by a removed toxic through those behind it', () => {
    const rig = new PipelineRig();
    rig.add({ type: 'latency', name: 'first', attributes: { latency: 1000 } });
    rig.add({ type: 'latency', name: 'second', attributes: { latency: 30 } });
    rig.send('x');
    rig.advance(10);
    rig.remove('first');
    rig.advance(100);
    assert.deepEqual(rig.output, [{ atMs: 40, text: 'x' }]);
  });

  it('does not reorder when a toxic is put behind others that hold data', () => {
    const rig = new PipelineRig();
    rig.add({ type: 'latency', name: 'first', attributes: { latency: 100 } });
    rig.send('a');
    rig.add({ type: 'slicer', name: 'second', attributes: { average_size: 1 } });
    rig.send('b');
    rig.remove('second');
    rig.send('c');
    rig.advance(100);
    assert.equal(rig.text, 'abc');
  });

  it('acts on a share of connections given by the toxicity', () => {
    let acted = 0;
    for (let seed = 0; seed < 400; seed += 1) {
      const rig = new PipelineRig({ seed });
      rig.add({ type: 'timeout', toxicity: 0.25 });
      rig.send('x');
      if (rig.text === '') acted += 1;
    }
    assert.ok(Math.abs(acted / 400 - 0.25) < 0.08, `${acted} of 400`);
  });

  it('keeps its draw for the whole connection', () => {
    const rig = new PipelineRig({ seed: 3 });
    rig.add({ type: 'timeout', toxicity: 0.5 });
    for (let sent = 0; sent < 50; sent += 1) rig.send('x');
    assert.ok(rig.text.length === 0 || rig.text.length === 50, String(rig.text.length));
  });

  for (const [occasion, provoke] of [
    ['is updated', (rig: PipelineRig) => rig.update('it', { attributes: {} })],
    ['gets a successor', (rig: PipelineRig) => rig.add({ type: 'noop', name: 'another' })],
    ['loses its successor', (rig: PipelineRig) => rig.remove('successor')],
  ] as const) {
    it(`draws again when a toxic ${occasion}`, () => {
      const acted = new Set<boolean>();
      for (let seed = 0; seed < 40; seed += 1) {
        const rig = new PipelineRig({ seed });
        rig.add({ type: 'slicer', name: 'it', attributes: { average_size: 1 }, toxicity: 0.5 });
        if (occasion === 'loses its successor') rig.add({ type: 'noop', name: 'successor' });
        rig.send('ab');
        const before = rig.output.length;
        provoke(rig);
        rig.send('ab');
        acted.add(rig.output.length - before === before);
      }
      assert.deepEqual(acted, new Set([true, false]));
    });
  }

  it('acts on the peers it is meant for, and on no other', () => {
    const textFor = (clientAddress: string): string => {
      const rig = new PipelineRig({ clientAddress });
      rig.add({ type: 'timeout', peers: ['10.0.0.0/8', '::1'] });
      rig.send('x');
      return rig.text;
    };
    assert.equal(textFor('10.1.2.3'), '');
    assert.equal(textFor('::ffff:10.1.2.3'), '');
    assert.equal(textFor('::1'), '');
    assert.equal(textFor('192.168.0.1'), 'x');
    assert.equal(textFor(''), 'x');
  });

  it('holds nothing and sets no alarm after it was disposed of, whatever comes', () => {
    const rig = new PipelineRig();
    for (const type of ['latency', 'bandwidth', 'slow_close', 'reset_peer']) {
      rig.add({ type, attributes: { latency: 5, rate: 1, delay: 5, timeout: 5 } });
    }
    rig.send('x');
    rig.pipeline.dispose();
    rig.remove('latency_downstream');
    assert.equal(rig.scheduler.waiting, 0);
    assert.equal(rig.pipeline.full, false);
  });
});
