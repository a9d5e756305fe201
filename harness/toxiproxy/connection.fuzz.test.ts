import assert from 'node:assert/strict';
import fc from 'fast-check';
import { after, before, describe, it } from 'mocha';
import { Fixture } from './testing/fixture.ts';
import { bytesFrom, fuzzCases } from './testing/fuzz-cases.ts';

type Step =
  | { do: 'say'; who: 'client' | 'server'; length: number }
  | { do: 'add'; type: string; stream: 'upstream' | 'downstream'; attributes: Record<string, number> }
  | { do: 'remove'; which: number }
  | { do: 'turn'; rounds: number };

const streams = fc.constantFrom('upstream' as const, 'downstream' as const);
const toxics = fc.oneof(
  fc.record({
    do: fc.constant('add' as const),
    type: fc.constant('latency'),
    stream: streams,
    attributes: fc.record({ latency: fc.nat(8), jitter: fc.nat(4) }),
  }),
  fc.record({
    do: fc.constant('add' as const),
    type: fc.constant('bandwidth'),
    stream: streams,
    attributes: fc.record({ rate: fc.integer({ min: 5000, max: 100_000 }) }),
  }),
  fc.record({
    do: fc.constant('add' as const),
    type: fc.constant('slicer'),
    stream: streams,
    attributes: fc.record({ average_size: fc.integer({ min: 500, max: 5000 }), delay: fc.nat(200) }),
  }),
);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('say' as const),
        who: fc.constantFrom('client' as const, 'server' as const),
        length: fc.integer({ min: 1, max: 60_000 }),
      }),
    },
    { weight: 2, arbitrary: toxics },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat(5) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('turn' as const), rounds: fc.integer({ min: 1, max: 4 }) }) },
  ),
  { maxLength: 10 },
);

describe('fuzzed connections over real sockets', function () {
  this.timeout(600_000);
  let fixture: Fixture;
  before(async () => {
    fixture = await Fixture.start();
  });
  after(() => fixture.stop());

  it('carry every byte in order both ways, and end on both sides when one side ends', async () => {
    let count = 0;
    const endings = fc.constantFrom('client' as const, 'server' as const);
    await fc.assert(
      fc.asyncProperty(steps, endings, async (schedule, whoEnds) => {
        count += 1;
        await runSchedule(fixture, `edge ${count}`, schedule, whoEnds);
      }),
      { numRuns: fuzzCases(0.01) },
    );
  });
});

async function runSchedule(fixture: Fixture, proxy: string, schedule: Step[], whoEnds: 'client' | 'server') {
  const port = await fixture.createProxy(proxy);
  const peers = await fixture.dialThrough(port);
  const said = { client: 0, server: 0 };
  const added: string[] = [];
  for (const step of schedule) {
    if (step.do === 'say') {
      peers[step.who].write(bytesFrom(said[step.who], step.length));
      said[step.who] += step.length;
    } else if (step.do === 'add') {
      const name = `toxic ${added.length}`;
      await fixture.addToxic({ name, type: step.type, stream: step.stream, attributes: step.attributes }, proxy);
      added.push(name);
    } else if (step.do === 'remove') {
      const toxics = added.filter((_, index) => index === step.which).map((name) => ({ proxy, name }));
      await fixture.request('DELETE', '/toxics', { toxics });
    } else for (let round = 0; round < step.rounds; round += 1) await new Promise((resolve) => setImmediate(resolve));
  }
  const hearer = whoEnds === 'client' ? 'server' : 'client';
  await peers[whoEnds].untilBytes(said[hearer]);
  peers[whoEnds].socket.end();
  await peers[hearer].untilEnded('fin');
  await peers[whoEnds].until('its end', () => peers[whoEnds].ending !== 'open');
  assert.ok(peers.client.bytes.equals(bytesFrom(0, said.server)));
  assert.ok(peers.server.bytes.equals(bytesFrom(0, said.client)));
  await fixture.request('DELETE', `/proxies/${encodeURIComponent(proxy)}`);
}
