import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { PrimaryPositions, type PrimaryState } from './primary-positions.ts';

const state = (durable: string | null, nextId: number, oldestId: number, name = 'db-1'): PrimaryState => ({
  ...{ name, durable },
  ...{ nextId: BigInt(nextId), oldestId: BigInt(oldestId) },
});

describe('positions that a read at the primary contains', () => {
  it('are the current one when nobody is in progress', () => {
    assert.equal(new PrimaryPositions().containedIn(state('0/100', 50, 50)), '0/100');
  });

  it('are those from before the oldest transaction in progress began', () => {
    const positions = new PrimaryPositions();
    assert.equal(positions.containedIn(state('0/100', 50, 50)), '0/100');
    assert.equal(positions.containedIn(state('0/200', 53, 50)), '0/100');
    assert.equal(positions.containedIn(state('0/300', 55, 52)), '0/100');
    assert.equal(positions.containedIn(state('0/400', 57, 54)), '0/200');
    assert.equal(positions.containedIn(state('1/0', 57, 57)), '1/0');
  });

  it('hold for each snapshot by itself, whatever order the answers come in', () => {
    const positions = new PrimaryPositions();
    assert.equal(positions.containedIn(state('0/1000', 50, 50)), '0/1000');
    assert.equal(positions.containedIn(state('0/900', 49, 49)), '0/900', 'an older snapshot promises less');
    assert.equal(positions.containedIn(state('0/1000', 51, 50)), '0/1000');
  });

  it('are unknown until something was observed that all transactions in progress came after', () => {
    const positions = new PrimaryPositions();
    assert.equal(positions.containedIn(state('0/100', 50, 48)), undefined);
    assert.equal(positions.containedIn(state(null, 50, 50)), '0/100');
  });

  it('are those of one node only', () => {
    const positions = new PrimaryPositions();
    assert.equal(positions.containedIn(state('0/100', 50, 50)), '0/100');
    assert.equal(positions.containedIn(state('0/200', 60, 55, 'db-2')), undefined);
  });

  it('are forgotten when a transaction never ends, and come back after it', () => {
    const positions = new PrimaryPositions();
    for (let id = 1; id <= 5000; id += 1) {
      assert.equal(positions.containedIn(state(`0/${id.toString(16)}`, id + 1, 1)), undefined);
    }
    assert.equal(positions.containedIn(state(null, 5001, 5001)), '0/1388');
  });
});
