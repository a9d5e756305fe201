import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { hintFor } from './removal.ts';

describe('what to do about a run that was not removed', () => {
  it('is to try again while a network has members', () => {
    const members = { a1: { Name: 'web', EndpointID: 'e', MacAddress: '', IPv4Address: '', IPv6Address: '' } };
    assert.equal(hintFor([{ Name: 'us-east', Containers: members }]), '"npm run undo" tries again.');
    assert.equal(hintFor([]), '"npm run undo" tries again.');
  });

  it('is to let the engine count again when it lists no member and keeps the network', () => {
    assert.match(
      hintFor([{ Name: 'us-east', Containers: {} }]),
      /^The engine lists no member of us-east .* miscounted/,
    );
  });
});
