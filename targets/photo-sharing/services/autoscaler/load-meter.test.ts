import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { LoadMeter, readSample, type Sample } from './load-meter.ts';

const LIMIT = 10;

/** A server that had so many requests in flight in each of the last seconds. */
function told(meter: LoadMeter, servers: Readonly<Record<string, readonly (number | null)[]>>): void {
  const seconds = Math.max(...Object.values(servers).map((inFlight) => inFlight.length));
  const totals = new Map<string, number>();
  for (let second = 0; second < seconds; second += 1) {
    const samples = Object.entries(servers).map(([name, inFlight]): [string, Sample | null] => {
      const now = inFlight[second];
      if (now === null || now === undefined) return [name, null];
      totals.set(name, (totals.get(name) ?? 0) + now);
      return [name, { atMs: second * 1000, inFlightSeconds: totals.get(name)!, inFlightMax: LIMIT }];
    });
    meter.note(new Map(samples));
  }
}

describe('How busy the web servers are', () => {
  it('is what they had in flight on average, of what they work on at most', () => {
    const meter = new LoadMeter();
    told(meter, { a: [3, 3, 3, 3, 3], b: [7, 7, 7, 7, 7] });
    assert.deepEqual(meter.measure(4000), { atMs: 4000, serving: 2, utilisation: 0.5 });
  });

  it('is little moved by a spike of one second', () => {
    const meter = new LoadMeter();
    told(meter, { a: [2, 2, 2, 10, 2, 2] });
    assert.deepEqual(meter.measure(5000), { atMs: 5000, serving: 1, utilisation: (2 + 10 + 2 + 2) / 4 / LIMIT });
  });

  it('leaves out a server that does not answer, and one that has not answered for long enough', () => {
    const meter = new LoadMeter();
    told(meter, { a: [5, 5, 5, 5], b: [9, 9, 9, null], c: [null, null, 9, 9] });
    assert.deepEqual(meter.measure(3000), { atMs: 3000, serving: 1, utilisation: 0.5 });
  });

  it('begins anew with a server that was started again', () => {
    const meter = new LoadMeter();
    const at = (atMs: number, inFlightSeconds: number) =>
      meter.note(new Map([['a', { atMs, inFlightSeconds, inFlightMax: LIMIT }]]));
    at(0, 500);
    at(1000, 505);
    at(2000, 1);
    assert.equal(meter.measure(2000), null);
    at(3000, 3);
    at(4000, 5);
    assert.deepEqual(meter.measure(4000), { atMs: 4000, serving: 1, utilisation: 0.2 });
  });

  it('is not known while nobody has answered', () => {
    assert.equal(new LoadMeter().measure(0), null);
  });

  it('is read from what a web server tells, or not at all', () => {
    const page = [
      '# HELP http_requests_in_flight_max Requests of users that it works on at most',
      'http_requests_in_flight_max 6',
      'http_requests_in_flight_seconds_total 12.5',
    ].join('\n');
    assert.deepEqual(readSample(page, 7), { atMs: 7, inFlightSeconds: 12.5, inFlightMax: 6 });
    assert.equal(readSample('up 1', 7), null);
  });
});
