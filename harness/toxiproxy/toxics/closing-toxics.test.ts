import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { PipelineRig } from '../testing/pipeline-rig.ts';

const rigWith = (type: string, attributes: object = {}): PipelineRig => {
  const rig = new PipelineRig();
  rig.add({ type, name: 'it', attributes });
  return rig;
};

describe('slow_close', () => {
  it('delays only the end of its stream', () => {
    const rig = rigWith('slow_close', { delay: 100 });
    rig.send('x');
    rig.end();
    rig.advance(99);
    assert.deepEqual(rig.output, [{ atMs: 0, text: 'x' }]);
    rig.advance(1);
    assert.deepEqual(rig.output.slice(1), [{ atMs: 100, event: 'end' }]);
  });

  it('closes at once when it is removed while an end waits', () => {
    const rig = rigWith('slow_close', { delay: 100 });
    rig.end();
    rig.advance(10);
    rig.remove('it');
    assert.deepEqual(rig.output, [{ atMs: 10, event: 'end' }]);
    assert.equal(rig.scheduler.waiting, 0);
  });

  it('leaves the stream open when it is removed before the end', () => {
    const rig = rigWith('slow_close', { delay: 100 });
    rig.remove('it');
    rig.advance(1000);
    assert.deepEqual(rig.output, []);
    rig.end();
    assert.deepEqual(rig.events, ['end']);
  });

  it('starts to wait anew on update', () => {
    const rig = rigWith('slow_close', { delay: 100 });
    rig.update('it', { attributes: { delay: 50 } });
    assert.equal(rig.scheduler.waiting, 0);
    rig.end();
    rig.advance(40);
    rig.update('it', { attributes: { delay: 70 } });
    rig.advance(69);
    assert.deepEqual(rig.events, []);
    rig.advance(1);
    assert.deepEqual(rig.output, [{ atMs: 110, event: 'end' }]);
  });

  it('ends nothing after the connection is gone', () => {
    const rig = rigWith('slow_close', { delay: 100 });
    rig.end();
    rig.pipeline.dispose();
    rig.advance(200);
    assert.deepEqual(rig.output, []);
  });
});

describe('timeout', () => {
  it('swallows data and ends the stream after T ms without any', () => {
    const rig = rigWith('timeout', { timeout: 100 });
    rig.advance(60);
    rig.send('x');
    rig.advance(99);
    assert.deepEqual(rig.output, []);
    rig.advance(1);
    assert.deepEqual(rig.output, [{ atMs: 160, event: 'end' }]);
  });

  it('ends a stream that never had any data after T ms, 1 ms too', () => {
    for (const timeout of [1, 100]) {
      const rig = rigWith('timeout', { timeout });
      rig.advance(timeout);
      assert.deepEqual(rig.output, [{ atMs: timeout, event: 'end' }]);
    }
  });

  it('sets no alarm after the connection is gone, or when it is no longer drawn', () => {
    const gone = rigWith('timeout', { timeout: 100 });
    gone.pipeline.dispose();
    assert.equal(gone.scheduler.waiting, 0);
    const unselected = rigWith('timeout', { timeout: 100 });
    unselected.update('it', { toxicity: 0 });
    assert.equal(unselected.scheduler.waiting, 0);
  });

  it('holds for ever with T = 0', () => {
    const rig = rigWith('timeout', { timeout: 0 });
    rig.send('x');
    rig.advance(1e9);
    assert.deepEqual(rig.output, []);
  });

  it('passes an end of the source at once', () => {
    const rig = rigWith('timeout', { timeout: 1000 });
    rig.send('x');
    rig.end();
    assert.deepEqual(rig.output, [{ atMs: 0, event: 'end' }]);
  });

  it('closes the connection when it is removed', () => {
    const rig = rigWith('timeout', { timeout: 1000 });
    rig.remove('it');
    assert.deepEqual(rig.events, ['close']);
    assert.equal(rig.scheduler.waiting, 0);
  });

  it('counts anew on update, and not at all when updated to 0', () => {
    const rig = rigWith('timeout', { timeout: 100 });
    rig.advance(50);
    rig.update('it', { attributes: { timeout: 80 } });
    rig.advance(79);
    assert.deepEqual(rig.events, []);
    rig.update('it', { attributes: { timeout: 0 } });
    rig.advance(1e6);
    assert.deepEqual(rig.events, []);
    rig.update('it', { attributes: { timeout: 10 } });
    rig.advance(10);
    assert.deepEqual(rig.events, ['end']);
  });

  it('lets data pass again when it is no longer drawn', () => {
    const rig = rigWith('timeout', { timeout: 100 });
    rig.send('lost');
    rig.update('it', { toxicity: 0 });
    rig.send('kept');
    rig.advance(1000);
    assert.deepEqual(rig.output, [{ atMs: 0, text: 'kept' }]);
  });
});

describe('blackhole', () => {
  it('swallows data and the end', () => {
    const rig = rigWith('blackhole');
    rig.send('x');
    rig.end();
    rig.advance(1e9);
    assert.deepEqual(rig.output, []);
    assert.equal(rig.pipeline.withholdsClose, true);
    assert.equal(rig.pipeline.full, false);
  });

  it('closes the connections that it acted on when it is removed, even idle ones', () => {
    const rig = rigWith('blackhole');
    rig.remove('it');
    assert.deepEqual(rig.events, ['close']);
    assert.equal(rig.pipeline.withholdsClose, false);
  });

  it('leaves alone the connections that it did not act on', () => {
    const rig = new PipelineRig();
    rig.add({ type: 'blackhole', name: 'it', toxicity: 0 });
    assert.equal(rig.pipeline.withholdsClose, false);
    rig.send('x');
    rig.remove('it');
    rig.end();
    assert.equal(rig.text, 'x');
    assert.deepEqual(rig.events, ['end']);
  });
});

describe('reset_peer', () => {
  it('is armed by the first data and resets T ms later; the data is lost', () => {
    const rig = rigWith('reset_peer', { timeout: 100 });
    rig.advance(1000);
    rig.send('x');
    rig.advance(50);
    rig.send('y');
    rig.advance(49);
    assert.deepEqual(rig.output, []);
    rig.advance(1);
    assert.deepEqual(rig.output, [{ atMs: 1100, event: 'reset' }]);
  });

  it('is armed by an end too', () => {
    const rig = rigWith('reset_peer', { timeout: 100 });
    rig.end();
    rig.advance(100);
    assert.deepEqual(rig.output, [{ atMs: 100, event: 'reset' }]);
  });

  it('resets at once with T = 0', () => {
    const rig = rigWith('reset_peer', { timeout: 0 });
    rig.send('x');
    assert.deepEqual(rig.output, [{ atMs: 0, event: 'reset' }]);
  });

  it('does nothing with toxicity 0', () => {
    const rig = new PipelineRig();
    rig.add({ type: 'reset_peer', toxicity: 0 });
    rig.send('x');
    rig.end();
    assert.equal(rig.text, 'x');
    assert.deepEqual(rig.events, ['end']);
  });

  it('counts an updated T from the time it was armed', () => {
    const rig = rigWith('reset_peer', { timeout: 1000 });
    rig.update('it', { attributes: { timeout: 500 } });
    assert.equal(rig.scheduler.waiting, 0);
    const updated = rigWith('reset_peer', { timeout: 1000 });
    updated.update('it', { attributes: { timeout: 500 } });
    updated.send('x');
    updated.advance(500);
    assert.deepEqual(updated.events, ['reset']);
    rig.send('x');
    rig.advance(60);
    rig.update('it', { attributes: { timeout: 100 } });
    rig.advance(39);
    assert.deepEqual(rig.output, []);
    rig.advance(1);
    assert.deepEqual(rig.output, [{ atMs: 100, event: 'reset' }]);
  });

  it('resets at once when removed while armed, and is gone without a trace when not', () => {
    const armed = rigWith('reset_peer', { timeout: 100 });
    armed.send('x');
    armed.remove('it');
    assert.deepEqual(armed.output, [{ atMs: 0, event: 'reset' }]);
    assert.equal(armed.scheduler.waiting, 0);

    const gone = rigWith('reset_peer', { timeout: 100 });
    gone.send('x');
    gone.pipeline.dispose();
    assert.equal(gone.scheduler.waiting, 0);

    const idle = rigWith('reset_peer', { timeout: 100 });
    idle.remove('it');
    idle.send('x');
    assert.deepEqual(idle.output, [{ atMs: 0, text: 'x' }]);
  });
});
