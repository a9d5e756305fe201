import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Directory } from './directory.ts';
import { parseSubnet, placeOf, subnetOf } from './subnets.ts';

const POOLS = [parseSubnet('203.0.113.0/25')!, parseSubnet('203.0.113.128/25')!];
const DATACENTERS = ['us-east', 'us-west'].map((name) => ({ name, address: name }));

function directory({ sharePercent = 50, admitted = {} as Record<string, number> } = {}): Directory {
  const admittedPart = (name: string) => admitted[name] ?? 1;
  return new Directory({ datacenters: DATACENTERS, pools: POOLS, sharePercent, admittedPart });
}

describe('the directory of datacenters', () => {
  it('gives the first datacenter exactly its share of the client subnets', () => {
    for (const sharePercent of [0, 10, 50, 99, 100]) {
      const clients = Array.from({ length: 256 }, (_, last) => ({ address: `203.0.113.${last}`, prefix: 32 }));
      const east = clients.filter((client) => directory({ sharePercent }).choose(client).datacenter.name === 'us-east');
      assert.equal(east.length, Math.ceil((256 * sharePercent) / 100), `${sharePercent} %`);
    }
  });

  it('shares strangers out alike, and each always in the same way', () => {
    const strangers = Array.from({ length: 2000 }, (_, index) => `198.18.${index >> 8}.${index & 255}`);
    const places = strangers.map((address) => placeOf(address, POOLS));
    assert.deepEqual(
      places,
      strangers.map((address) => placeOf(address, POOLS)),
    );
    const east = places.filter((place) => place < 0.5).length;
    assert.ok(east > 900 && east < 1100, `${east} of 2000`);
  });

  it('says for which prefix an answer holds', () => {
    const scope = (address: string, prefix: number) => directory().choose({ address, prefix }).scope;
    assert.equal(scope('203.0.113.0', 25), 25);
    assert.equal(scope('203.0.113.0', 24), 32);
    assert.equal(scope('198.18.0.0', 24), 24);
    assert.equal(scope('2001:db8::', 56), 56);
  });

  it('sends clients of a dead datacenter to the living one, and with both dead to their own', () => {
    const western = { address: '203.0.113.200', prefix: 32 };
    assert.equal(directory({ admitted: { 'us-west': 0 } }).choose(western).datacenter.name, 'us-east');
    assert.equal(directory({ admitted: { 'us-west': 0, 'us-east': 0 } }).choose(western).datacenter.name, 'us-west');
  });

  it('gives a datacenter that is back its clients by and by, and all at once when it is the only one', () => {
    const west = Array.from({ length: 128 }, (_, last) => ({ address: `203.0.113.${128 + last}`, prefix: 32 }));
    const sentHome = (admitted: Record<string, number>) =>
      west.filter((client) => directory({ admitted }).choose(client).datacenter.name === 'us-west');
    const byPart = [0, 0.25, 0.5, 1].map((part) => sentHome({ 'us-west': part }));
    assert.deepEqual(
      byPart.map(({ length }) => length),
      [0, 32, 64, 128],
    );
    for (const client of byPart[1]!) assert.ok(byPart[2]!.includes(client), `${client.address} is sent away again`);
    assert.equal(sentHome({ 'us-west': 0.25, 'us-east': 0 }).length, 128);
  });

  it('lets an answer hold for one client only while a datacenter comes back', () => {
    const whole = { address: '203.0.113.0', prefix: 26 };
    assert.equal(directory().choose(whole).scope, 26);
    assert.equal(directory({ admitted: { 'us-east': 0.5 } }).choose(whole).scope, 32);
    assert.equal(directory({ admitted: { 'us-east': 0 } }).choose(whole).scope, 26);
  });

  it('reads subnets, and refuses what is none', () => {
    assert.deepEqual(parseSubnet('10.1.2.3/8'), { first: 10 * 2 ** 24, size: 2 ** 24 });
    assert.deepEqual(subnetOf('255.255.255.255', 32), { first: 2 ** 32 - 1, size: 1 });
    for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0/8', '::/0', '']) assert.equal(parseSubnet(text), undefined);
  });
});
