import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { edges, tier } from '../model/selector.ts';
import { FAULT_KINDS, latency, partition } from './catalogue.ts';

const wrong = (value: unknown) => value as Parameters<typeof latency>[0];

describe('the parameters of a fault', () => {
  it('are taken as given, defaults filled in', () => {
    const fault = latency({ edges: edges({ to: tier('database') }), latencyMs: 200 });
    assert.deepEqual(fault.problems, []);
    assert.deepEqual(fault.parameters, {
      edges: { to: { tier: 'database' } },
      latencyMs: 200,
      jitterMs: 0,
      direction: 'both',
    });
    assert.equal(fault.title, '200 ms latency on edges to tier database');
  });

  it('that are wrong are told all at once, each with its path, what was expected and what came', () => {
    const { problems } = latency(
      wrong({ edges: { to: { tier: 'databases' } }, latencyMs: 5, jitterMs: 'much', latencyMS: 200 }),
    );
    assert.deepEqual(problems, [
      'latency.edges.to.tier: expected load-balancer or web or scaling or cache or database or coordination or dns or cdn or monitoring or clients or telemetry, got "databases"',
      'latency.latencyMs: expected at least 20, got 5',
      'latency.jitterMs: expected a number, got "much"',
      'latency.latencyMS: there is no such field',
    ]);
  });

  it('that are missing are told as well', () => {
    assert.deepEqual(partition(wrong({}) as never).problems, ['partition.from: expected a list, got nothing']);
  });
});

describe('the catalogue', () => {
  it('tells of every kind what it does, how it is proven and taken back, and of every parameter what it means', () => {
    const kinds = FAULT_KINDS.map(({ definition }) => definition);
    assert.equal(new Set(kinds.map(({ kind }) => kind)).size, kinds.length);
    for (const { kind, summary, undone, attested, example, parameters } of kinds) {
      for (const words of [summary, undone, attested, example]) assert.ok(words.length > 0, kind);
      const { shape } = parameters as unknown as { shape: Record<string, { description?: string }> };
      for (const [name, { description }] of Object.entries(shape)) assert.ok(description, `${kind}.${name}`);
    }
  });
});
