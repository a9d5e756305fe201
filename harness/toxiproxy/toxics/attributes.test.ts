import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { PipelineRig } from '../testing/pipeline-rig.ts';

/** Each attribute with the values at its borders: those that are taken and those that are refused. */
const BORDERS: readonly (readonly [type: string, name: string, taken: number[], refused: number[], more?: object])[] = [
  ['latency', 'latency', [0, 2 ** 31 - 1], [-1, 2 ** 31]],
  ['latency', 'jitter', [0, 2 ** 31 - 1], [-1, 2 ** 31]],
  ['bandwidth', 'rate', [0, 1e9], [-1, 1e9 + 1]],
  ['slow_close', 'delay', [0, 2 ** 31 - 1], [-1, 2 ** 31]],
  ['timeout', 'timeout', [0, 2 ** 31 - 1], [-1, 2 ** 31]],
  ['reset_peer', 'timeout', [0, 2 ** 31 - 1], [-1, 2 ** 31]],
  ['slicer', 'average_size', [1, Number.MAX_SAFE_INTEGER], [0, -1]],
  ['slicer', 'size_variation', [0, 10], [-1, 11], { average_size: 10 }],
  ['slicer', 'delay', [0, 2 ** 31 - 1], [-1, 2 ** 31], { average_size: 10 }],
  ['limit_data', 'bytes', [0, Number.MAX_SAFE_INTEGER], [-1, 2 ** 53]],
  ['packet_loss', 'loss_rate', [0, 0.5, 1], [-0.001, 1.001]],
  ['packet_loss', 'correlation', [0, 0.5, 1], [-0.001, 1.001]],
  ['connect_delay', 'delay', [0, 2 ** 31 - 1], [-1, 2 ** 31]],
  ['fail_first', 'connections', [0, Number.MAX_SAFE_INTEGER], [-1, 2 ** 53]],
];

describe('attributes', () => {
  for (const [type, name, taken, refused, more = {}] of BORDERS) {
    const add = (value: number) => new PipelineRig().add({ type, attributes: { ...more, [name]: value } });

    it(`${name} of ${type} may be ${taken.join(', ')}, and not ${refused.join(', ')}`, () => {
      for (const value of taken) add(value);
      for (const value of refused) assert.throws(() => add(value), new RegExp(`${name}: expected .*, got ${value}`));
    });
  }

  it('of the slicer are refused together when the variation is above the average', () => {
    assert.throws(
      () => new PipelineRig().add({ type: 'slicer', attributes: { average_size: 10, size_variation: 11 } }),
      /^ApiError: size_variation: expected at most average_size \(10 bytes\), got 11$/,
    );
  });
});
