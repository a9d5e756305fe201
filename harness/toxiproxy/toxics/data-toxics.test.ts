import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { PipelineRig } from '../testing/pipeline-rig.ts';

const rigWith = (type: string, attributes: object = {}, seed = 1): PipelineRig => {
  const rig = new PipelineRig({ seed });
  rig.add({ type, name: 'it', attributes });
  return rig;
};
const sizes = (rig: PipelineRig) => rig.output.flatMap((item) => ('text' in item ? [item.text.length] : []));

describe('slicer', () => {
  it('halves until a piece is within average plus variation', () => {
    const rig = rigWith('slicer', { average_size: 100 });
    rig.send('x'.repeat(800));
    assert.deepEqual(sizes(rig), Array(8).fill(100));
  });

  it('passes a chunk of exactly average plus variation whole', () => {
    const rig = rigWith('slicer', { average_size: 100, size_variation: 20 });
    rig.send('x'.repeat(120));
    assert.deepEqual(sizes(rig), [120]);
    rig.send('x'.repeat(121));
    assert.equal(sizes(rig).length, 3);
  });

  it('varies the sizes and loses and swaps no byte', () => {
    const rig = rigWith('slicer', { average_size: 64, size_variation: 32 });
    const text = Array.from({ length: 4000 }, (_, index) => String.fromCharCode(index % 256)).join('');
    rig.send(text);
    assert.equal(rig.text, text);
    assert.ok(new Set(sizes(rig)).size > 10);
    assert.ok(Math.max(...sizes(rig)) <= 96);
  });

  it('waits the delay, in microseconds, after every slice', () => {
    const rig = rigWith('slicer', { average_size: 10, delay: 2500 });
    rig.send('x'.repeat(40));
    rig.advance(100);
    assert.deepEqual(
      rig.output.map(({ atMs }) => atMs),
      [0, 2.5, 5, 7.5],
    );
    assert.equal(rig.pipeline.full, false);
  });

  it('makes the next chunk wait for the delay after the last slice, and asks the source to wait meanwhile', () => {
    const rig = rigWith('slicer', { average_size: 10, delay: 10_000 });
    rig.send('x'.repeat(20));
    assert.equal(rig.pipeline.full, true);
    rig.advance(10);
    assert.equal(rig.pipeline.full, false);
    rig.advance(5);
    rig.send('y');
    rig.end();
    rig.advance(4);
    assert.equal(rig.text, 'x'.repeat(20));
    rig.advance(1);
    assert.deepEqual(rig.output.slice(2), [
      { atMs: 20, text: 'y' },
      { atMs: 20, event: 'end' },
    ]);
  });

  it('does not make up for idle time', () => {
    const rig = rigWith('slicer', { average_size: 10, delay: 10_000 });
    rig.advance(1000);
    rig.send('x'.repeat(20));
    assert.equal(rig.text.length, 10);
  });

  it('says that it has room again, by time and by update', () => {
    for (const release of [
      (rig: PipelineRig) => rig.advance(1000),
      (rig: PipelineRig) => rig.update('it', { attributes: {} }),
    ]) {
      const rig = rigWith('slicer', { average_size: 10, delay: 10_000 });
      rig.send('x'.repeat(20));
      rig.roomTold.length = 0;
      release(rig);
      assert.equal(rig.roomTold.at(-1), true);
    }
  });

  it('slices by the new sizes after an update, and without the waits of before', () => {
    const rig = rigWith('slicer', { average_size: 10, delay: 1_000_000 });
    rig.send('x'.repeat(20));
    rig.update('it', { attributes: { average_size: 5, delay: 1000 } });
    rig.send('y'.repeat(10));
    rig.advance(1);
    assert.deepEqual(sizes(rig), [10, 10, 5, 5]);
  });

  it('passes a bare end', () => {
    const rig = rigWith('slicer', { average_size: 10, delay: 10_000 });
    rig.end();
    assert.deepEqual(rig.events, ['end']);
  });

  for (const [how, release] of [
    ['an update', (rig: PipelineRig) => rig.update('it', { attributes: { delay: 5000 } })],
    ['a removal', (rig: PipelineRig) => rig.remove('it')],
  ] as const) {
    it(`releases what it holds on ${how}`, () => {
      const rig = rigWith('slicer', { average_size: 10, delay: 1_000_000 });
      rig.send('x'.repeat(40));
      rig.end();
      release(rig);
      assert.equal(rig.text.length, 40);
      assert.deepEqual(rig.events, ['end']);
      assert.equal(rig.scheduler.waiting, 0);
    });
  }

  it('ends also where the original does not: slices of 1 byte, variation as large as the average', () => {
    const single = rigWith('slicer', { average_size: 1 });
    single.send('x'.repeat(32_768));
    assert.equal(single.output.length, 32_768);

    const wide = rigWith('slicer', { average_size: 5, size_variation: 5 });
    wide.send('x'.repeat(32_768));
    assert.equal(wide.text.length, 32_768);
    assert.ok(Math.min(...sizes(wide)) >= 1);
  });

  it('drops what it holds when the connection goes', () => {
    const rig = rigWith('slicer', { average_size: 10, delay: 10_000 });
    rig.send('x'.repeat(20));
    rig.pipeline.dispose();
    assert.equal(rig.scheduler.waiting, 0);
    rig.advance(1000);
    assert.equal(rig.text.length, 10);
  });
});

describe('limit_data', () => {
  it('passes a single byte', () => {
    const rig = rigWith('limit_data', { bytes: 2 });
    rig.send('a');
    rig.send('b');
    assert.equal(rig.text, 'ab');
  });

  it('passes exactly N bytes, over several chunks, and closes on reaching them', () => {
    const rig = rigWith('limit_data', { bytes: 10 });
    rig.send('abcdef');
    assert.deepEqual(rig.events, []);
    rig.send('ghijkl');
    rig.send('more');
    assert.equal(rig.text, 'abcdefghij');
    assert.deepEqual(rig.events, ['end']);
  });

  it('closes when the last byte allowed has passed, not on the next one', () => {
    const rig = rigWith('limit_data', { bytes: 3 });
    rig.send('abc');
    assert.deepEqual(rig.events, ['end']);
  });

  it('closes on the first data with 0', () => {
    const rig = rigWith('limit_data', { bytes: 0 });
    assert.deepEqual(rig.events, []);
    rig.send('x');
    assert.deepEqual(rig.output, [{ atMs: 0, event: 'end' }]);
  });

  it('keeps its count over updates; lowered below the count it closes on the next data', () => {
    const rig = rigWith('limit_data', { bytes: 10 });
    rig.send('12345');
    rig.update('it', { attributes: { bytes: 20 } });
    rig.send('67890');
    rig.update('it', { attributes: { bytes: 3 } });
    assert.deepEqual(rig.events, []);
    rig.send('x');
    assert.equal(rig.text, '1234567890');
    assert.deepEqual(rig.events, ['end']);
  });

  it('counts from 0 when added to a live connection', () => {
    const rig = new PipelineRig();
    rig.send('before');
    rig.add({ type: 'limit_data', attributes: { bytes: 3 } });
    rig.send('abcdef');
    assert.equal(rig.text, 'beforeabc');
  });

  it('drains through the toxics behind it before it closes', () => {
    const rig = rigWith('limit_data', { bytes: 3 });
    rig.add({ type: 'latency', attributes: { latency: 50 } });
    rig.send('abcdef');
    rig.advance(100);
    assert.deepEqual(rig.output, [
      { atMs: 50, text: 'abc' },
      { atMs: 50, event: 'end' },
    ]);
  });
});

describe('packet_loss', () => {
  const lossesOf = (attributes: object, seed = 1): boolean[] => {
    const rig = rigWith('packet_loss', attributes, seed);
    return Array.from({ length: 4000 }, () => {
      const before = rig.output.length;
      rig.send('x');
      return rig.output.length === before;
    });
  };
  const share = (losses: boolean[]) => losses.filter(Boolean).length / losses.length;

  it('drops by the correlation only after a drop', () => {
    assert.equal(share(lossesOf({ loss_rate: 0, correlation: 1 })), 0);
  });

  it('drops nothing at 0 and everything at 1', () => {
    assert.equal(share(lossesOf({ loss_rate: 0 })), 0);
    assert.equal(share(lossesOf({ loss_rate: 1 })), 1);
  });

  it('drops the share that was asked for, evenly', () => {
    const losses = lossesOf({ loss_rate: 0.3 });
    assert.ok(Math.abs(share(losses) - 0.3) < 0.03, String(share(losses)));
  });

  it('drops more after a drop by the correlation', () => {
    const losses = lossesOf({ loss_rate: 0.2, correlation: 0.5 });
    const afterLoss = losses.filter((_, index) => losses[index - 1] === true);
    const afterPass = losses.filter((_, index) => losses[index - 1] === false);
    assert.ok(Math.abs(share(afterLoss) - 0.7) < 0.05, String(share(afterLoss)));
    assert.ok(Math.abs(share(afterPass) - 0.2) < 0.05, String(share(afterPass)));
  });

  it('draws the same with the same seed', () => {
    assert.deepEqual(lossesOf({ loss_rate: 0.5 }, 7), lossesOf({ loss_rate: 0.5 }, 7));
    assert.notDeepEqual(lossesOf({ loss_rate: 0.5 }, 7), lossesOf({ loss_rate: 0.5 }, 8));
  });

  it('passes the end', () => {
    const rig = rigWith('packet_loss', { loss_rate: 1 });
    rig.end();
    assert.deepEqual(rig.events, ['end']);
  });
});

for (const type of ['noop', 'connect_delay', 'fail_first']) {
  describe(type, () => {
    it('changes nothing on a live stream', () => {
      const rig = rigWith(type);
      rig.send('x');
      rig.end();
      assert.deepEqual(rig.output, [
        { atMs: 0, text: 'x' },
        { atMs: 0, event: 'end' },
      ]);
    });
  });
}
