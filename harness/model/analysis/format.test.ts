import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatList,
  formatNumberOf,
  formatPercent,
  formatShare,
  formatValue,
} from './format.ts';

describe('numbers for people', () => {
  const durations: [number | null, string][] = [
    [null, '–'],
    [0, '0 ms'],
    [0.254, '0.25 ms'],
    [2.55, '2.5 ms'],
    [9.96, '10 ms'],
    [840.4, '840 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [6240, '6.2 s'],
    [20_000, '20 s'],
    [119_940, '119.9 s'],
    [125_000, '2 min 5 s'],
    [180_000, '3 min'],
    [-1500, '-1.5 s'],
  ];
  for (const [given, text] of durations) {
    it(`writes ${given} ms as ${text}`, () => assert.equal(formatDuration(given), text));
  }

  const shares: [number | null, string][] = [
    [null, '–'],
    [1, '100 %'],
    [0.99999, '99.99 %'],
    [0.98996, '98.99 %'],
    [0.99, '99 %'],
    [0.29, '29 %'],
    [0.07, '7 %'],
    [0, '0 %'],
    [0.00005, 'under 0.01 %'],
  ];
  for (const [given, text] of shares) {
    it(`writes the share ${given} as ${text}, never rounding it up`, () => assert.equal(formatShare(given), text));
  }

  it('writes per cent as they are', () => assert.equal(formatPercent(12.345), '12.34 %'));

  it('groups thousands and picks the plural', () => {
    assert.equal(formatCount(1_234_567), '1,234,567');
    assert.equal(formatNumberOf(1, 'write'), '1 write');
    assert.equal(formatNumberOf(0, 'write'), '0 writes');
    assert.equal(formatNumberOf(2000, 'copy', 'copies'), '2,000 copies');
  });

  it('joins lists as a sentence does', () => {
    assert.equal(formatList([]), '');
    assert.equal(formatList(['a']), 'a');
    assert.equal(formatList(['a', 'b']), 'a and b');
    assert.equal(formatList(['a', 'b', 'c'], 'or'), 'a, b or c');
  });

  it('writes bytes in powers of 1000', () => {
    assert.deepEqual([0, 999, 1500, 12_400_000, null].map(formatBytes), ['0 B', '999 B', '1.5 kB', '12 MB', '–']);
  });

  it('writes every unit of a measurement', () => {
    assert.deepEqual(
      [
        formatValue(null, 'ms'),
        formatValue(1500, 'ms'),
        formatValue(1.5, 's'),
        formatValue(99.5, '%'),
        formatValue(12, 'count'),
        formatValue(149.96, 'per-second'),
        formatValue(2_100_000, 'bytes'),
        formatValue(0.256, 'minutes'),
      ],
      ['–', '1.5 s', '1.5 s', '99.5 %', '12', '150/s', '2.1 MB', '0.26 min'],
    );
  });
});
