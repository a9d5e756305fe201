import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { byteAt, bytesFrom, fuzzCases } from './testing/fuzz-cases.ts';
import { PipelineRig } from './testing/pipeline-rig.ts';

interface ToxicSpec {
  type: string;
  attributes: Record<string, number>;
  toxicity: number;
}

type Step =
  | { do: 'send'; length: number }
  | { do: 'advance'; ms: number }
  | { do: 'end' }
  | { do: 'add'; toxic: ToxicSpec }
  | { do: 'update'; which: number; attributes: Record<string, number>; toxicity: number }
  | { do: 'remove'; which: number };

const smallMs = fc.integer({ min: 0, max: 60 });
const attributesOf: Record<string, fc.Arbitrary<Record<string, number>>> = {
  noop: fc.constant({}),
  latency: fc.record({ latency: smallMs, jitter: fc.integer({ min: 0, max: 30 }) }),
  bandwidth: fc.record({ rate: fc.integer({ min: 1, max: 100 }) }),
  slicer: fc.record({
    average_size: fc.integer({ min: 5, max: 200 }),
    size_variation: fc.integer({ min: 0, max: 5 }),
    delay: fc.integer({ min: 0, max: 5000 }),
  }),
  slow_close: fc.record({ delay: smallMs }),
  limit_data: fc.record({ bytes: fc.integer({ min: 0, max: 3000 }) }),
  timeout: fc.record({ timeout: smallMs }),
  reset_peer: fc.record({ timeout: smallMs }),
  packet_loss: fc.record({ loss_rate: fc.double({ min: 0, max: 1, noNaN: true }) }),
  blackhole: fc.constant({}),
};
const LOSSLESS = ['noop', 'latency', 'bandwidth', 'slicer', 'slow_close'];

const toxicOf = (types: readonly string[]): fc.Arbitrary<ToxicSpec> =>
  fc.constantFrom(...types).chain((type) =>
    fc.record({
      type: fc.constant(type),
      attributes: attributesOf[type]!,
      toxicity: fc.constantFrom(1, 1, 1, 0.5, 0),
    }),
  );

const stepsOf = (types: readonly string[]): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant('send' as const), length: fc.integer({ min: 1, max: 1500 }) }),
      },
      { weight: 5, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 80 }) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('add' as const), toxic: toxicOf(types) }) },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('update' as const),
          which: fc.nat(8),
          attributes: fc.oneof(...types.map((type) => attributesOf[type]!)),
          toxicity: fc.constantFrom(1, 0.5, 0),
        }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat(8) }) },
      { weight: 1, arbitrary: fc.constant({ do: 'end' as const }) },
    ),
    { maxLength: 25 },
  );

/** Runs a schedule, and keeps what the model needs: what went in, and when. */
class Run {
  readonly rig: PipelineRig;
  sentBytes = 0;
  ended = false;
  /** Time at which the byte at each position went in, by chunk. */
  readonly chunks: { from: number; atMs: number }[] = [];
  readonly #names: string[] = [];
  #added = 0;

  constructor(seed: number) {
    this.rig = new PipelineRig({ seed });
  }

  do(step: Step): void {
    if (step.do === 'send' && !this.ended) this.send(step.length);
    if (step.do === 'advance') this.rig.advance(step.ms);
    if (step.do === 'end') this.end();
    if (step.do === 'add') this.add(step.toxic);
    if (step.do === 'update') this.#update(step);
    if (step.do === 'remove') this.#remove(step.which % Math.max(1, this.#names.length));
  }

  send(length: number): void {
    this.chunks.push({ from: this.sentBytes, atMs: this.rig.elapsedMs });
    this.rig.pipeline.data(bytesFrom(this.sentBytes, length));
    this.sentBytes += length;
  }

  end(): void {
    if (!this.ended) this.rig.end();
    this.ended = true;
  }

  add(toxic: ToxicSpec): void {
    this.#added += 1;
    this.#names.push(`toxic ${this.#added}`);
    this.rig.add({ ...toxic, name: `toxic ${this.#added}` });
  }

  removeAll(): void {
    while (this.#names.length > 0) this.#remove(0);
  }

  #update({ which, attributes, toxicity }: Step & { do: 'update' }): void {
    const name = this.#names[which % Math.max(1, this.#names.length)];
    if (name === undefined) return;
    try {
      this.rig.update(name, { attributes, toxicity });
    } catch (thrown) {
      assert.match(String(thrown), /ApiError/);
    }
  }

  #remove(index: number): void {
    const [name] = this.#names.splice(index, 1);
    if (name !== undefined) this.rig.remove(name);
  }

  get received(): Buffer {
    return Buffer.from(this.rig.text, 'latin1');
  }

  /** When the byte at this position went in. */
  sentAtMs(position: number): number {
    return this.chunks.findLast(({ from }) => from <= position)!.atMs;
  }
}

/** Holds for every schedule: time does not run backwards, at most one end, and nothing after it. */
function expectOrder({ rig }: Run): void {
  const times = rig.output.map(({ atMs }) => atMs);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  const firstEvent = rig.output.findIndex((item) => 'event' in item && item.event === 'end');
  if (firstEvent !== -1) assert.ok(rig.output.slice(firstEvent + 1).every((item) => !('text' in item)));
  assert.ok(rig.events.filter((event) => event === 'end').length <= 1);
}

describe('fuzzed schedules of data, toxics, time and ends', function () {
  this.timeout(600_000);

  it('lose, repeat and swap no byte with toxics that only delay, and end when the source has ended', () => {
    fc.assert(
      fc.property(stepsOf(LOSSLESS), fc.nat(), (steps, seed) => {
        const run = new Run(seed);
        for (const step of steps) run.do(step);
        assert.ok(run.received.equals(bytesFrom(0, run.received.length)), 'what came out is no prefix of what went in');
        run.removeAll();
        assert.equal(run.received.length, run.sentBytes);
        assert.ok(run.received.equals(bytesFrom(0, run.sentBytes)));
        assert.deepEqual(run.rig.events, run.ended ? ['end'] : []);
        assert.equal(run.rig.scheduler.waiting, 0);
        expectOrder(run);
      }),
      { numRuns: fuzzCases(0.35) },
    );
  });

  it('let everything through by time alone, without a change of toxics', () => {
    const toxics = fc.array(toxicOf(LOSSLESS), { maxLength: 4 });
    fc.assert(
      fc.property(
        toxics,
        fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 10 }),
        fc.nat(),
        (chain, sizes, seed) => {
          const run = new Run(seed);
          for (const toxic of chain) run.add(toxic);
          for (const size of sizes) run.send(size);
          run.end();
          run.rig.advance(60_000);
          assert.equal(run.received.length, run.sentBytes);
          assert.deepEqual(run.rig.events, ['end']);
          assert.equal(run.rig.scheduler.waiting, 0);
        },
      ),
      { numRuns: fuzzCases(0.15) },
    );
  });

  it('never let a byte out before its latency, nor more bytes than the bandwidth allows', () => {
    const schedule = stepsOf(['noop', 'slicer', 'slow_close']).map((steps) => {
      return steps.filter((step) => step.do !== 'update' && step.do !== 'remove');
    });
    const rates = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(smallMs, rates, schedule, fc.nat(), (latency, rate, steps, seed) => {
        const run = new Run(seed);
        run.add({ type: 'latency', attributes: { latency }, toxicity: 1 });
        run.add({ type: 'bandwidth', attributes: { rate }, toxicity: 1 });
        for (const step of steps) run.do(step);
        let position = 0;
        for (const item of run.rig.output) {
          if (!('text' in item)) continue;
          position += item.text.length;
          const sentAtMs = run.sentAtMs(position - 1);
          assert.ok(item.atMs >= sentAtMs + latency - 1e-6, `${item.atMs} is before ${sentAtMs} + ${latency}`);
          assert.ok(position <= rate * item.atMs + 1e-6, `${position} bytes in ${item.atMs} ms at ${rate} KB/s`);
        }
      }),
      { numRuns: fuzzCases(0.1) },
    );
  });

  it('let exactly min(sent, limit) bytes through a limit, however the data is cut', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.nat(2000), sizes, toxicOf(LOSSLESS), fc.nat(), (bytes, chunks, before, seed) => {
        const run = new Run(seed);
        run.add(before);
        run.add({ type: 'limit_data', attributes: { bytes }, toxicity: 1 });
        for (const size of chunks) run.send(size);
        run.rig.advance(60_000);
        assert.equal(run.received.length, Math.min(bytes, run.sentBytes));
        const reached = run.sentBytes > 0 && run.sentBytes >= bytes;
        assert.deepEqual(run.rig.events, reached ? ['end'] : []);
      }),
      { numRuns: fuzzCases(0.1) },
    );
  });

  it('invent no byte and leave no alarm behind, whatever toxics come and go', () => {
    fc.assert(
      fc.property(stepsOf(Object.keys(attributesOf)), fc.nat(), (steps, seed) => {
        const run = new Run(seed);
        for (const step of steps) {
          run.do(step);
          if (run.rig.events.some((event) => event !== 'end')) break;
        }
        expectSubsequence(run.received, run.sentBytes);
        expectOrder(run);
        run.removeAll();
        assert.equal(run.rig.scheduler.waiting, 0);
        assert.equal(run.rig.pipeline.withholdsClose, false);
        assert.equal(run.rig.pipeline.full, false);
      }),
      { numRuns: fuzzCases(0.15) },
    );
  });
});

/** Every byte received was sent, in this order. */
function expectSubsequence(received: Buffer, sentBytes: number): void {
  let position = 0;
  for (const byte of received) {
    while (position < sentBytes && byteAt(position) !== byte) position += 1;
    assert.ok(position < sentBytes, 'a byte came out that did not go in, or not in this place');
    position += 1;
  }
}
