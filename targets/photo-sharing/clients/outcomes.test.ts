import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ClientResponse } from '../../../harness/model/workload.ts';
import { readOutcome, writeOutcome } from './outcomes.ts';

const answer = (status: number, rest: Partial<ClientResponse> = {}): ClientResponse => ({
  ...{ status, headers: {}, cookies: [], body: '', maybeSent: true, datacenter: 'us-east' },
  ...rest,
});
const silence = (error: string, maybeSent: boolean) => answer(0, { error, maybeSent });
const refusal = (status: number, code: string, outcome: string) =>
  answer(status, { body: JSON.stringify({ error: code, outcome }) });

describe('Outcome of a write', () => {
  const outcomeOf = (response: ClientResponse) => {
    const { outcome, error, loggedOut } = writeOutcome(response);
    return [outcome, error, ...(loggedOut ? ['logged out'] : [])];
  };

  it('is ok when the site acknowledged it, also by a redirect', () => {
    for (const status of [200, 201, 204, 303]) assert.deepEqual(outcomeOf(answer(status)), ['ok', undefined]);
  });

  it('is a failure when it never left the client', () => {
    assert.deepEqual(outcomeOf(silence('connection-refused', false)), ['fail', 'connection-refused']);
    assert.deepEqual(outcomeOf(silence('no-address', false)), ['fail', 'no-address']);
  });

  it('is unknown when nobody answered what may have been sent', () => {
    assert.deepEqual(outcomeOf(silence('timeout', true)), ['info', 'timeout']);
    assert.deepEqual(outcomeOf(silence('connection-reset', true)), ['info', 'connection-reset']);
  });

  it('is a failure when the site vouches that nothing was committed, in a body or in a header', () => {
    assert.deepEqual(outcomeOf(refusal(503, 'overloaded', 'not-applied')), ['fail', 'http-503']);
    const page = answer(503, { headers: { 'x-outcome': 'not-applied' }, body: '<!doctype html>' });
    assert.deepEqual(outcomeOf(page), ['fail', 'http-503']);
    assert.deepEqual(writeOutcome(refusal(503, 'overloaded', 'not-applied')).value, { code: 'overloaded' });
  });

  it('is unknown when the site does not know, or a proxy answered in its place', () => {
    assert.deepEqual(outcomeOf(refusal(503, 'commit-unknown', 'unknown')), ['info', 'http-503']);
    for (const status of [500, 502, 503, 504]) {
      const page = answer(status, { body: '<html><body><h1>No server is available</h1>' });
      assert.deepEqual(outcomeOf(page), ['info', `http-${status}`]);
    }
    assert.deepEqual(outcomeOf(answer(503, { body: '{not json' })), ['info', 'http-503']);
  });

  it('is a failure when the site refused it, and says when the session was refused', () => {
    assert.deepEqual(outcomeOf(refusal(404, 'no-such-photo', 'not-applied')), ['fail', 'http-404']);
    assert.deepEqual(outcomeOf(refusal(401, 'not-logged-in', 'not-applied')), ['fail', 'http-401', 'logged out']);
  });

  it('carries who committed it', () => {
    const headers = { 'x-served-by': 'web-1.us-east', 'x-written-by': 'db.us-west', 'x-epoch': '7' };
    assert.deepEqual(writeOutcome(answer(201, { headers })), {
      ...{ outcome: 'ok', status: 201, datacenter: 'us-east' },
      ...{ servedBy: 'web-1.us-east', writtenBy: 'db.us-west', epoch: 7 },
    });
  });
});

describe('Outcome of a read', () => {
  it('is ok or a failure, never unknown: a read changes nothing', () => {
    assert.equal(readOutcome(answer(200)).outcome, 'ok');
    for (const response of [silence('timeout', true), answer(502), refusal(503, 'x', 'unknown'), answer(404)]) {
      assert.equal(readOutcome(response).outcome, 'fail');
    }
  });

  it('carries where it was read, and how old the data may have been', () => {
    const headers = { 'x-read-from': 'db.us-east', 'x-staleness-ms': '12' };
    const { readFrom, stalenessMs } = readOutcome(answer(200, { headers }));
    assert.deepEqual({ readFrom, stalenessMs }, { readFrom: 'db.us-east', stalenessMs: 12 });
    assert.equal(readOutcome(answer(200)).stalenessMs, undefined);
  });
});
