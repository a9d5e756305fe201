import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { edgeName } from '../../model/topology.ts';
import { goodJudgement, judgementOf, verdictOf } from '../test-builders/judgements.ts';
import { outageRecord } from '../test-builders/outage-record.ts';
import { viewOf } from './view.ts';

describe('the view of a record', () => {
  const record = outageRecord();
  const view = viewOf(record, goodJudgement());

  it('gives the figures that people quote, each with what it is held against', () => {
    assert.deepEqual(
      view.figures.map(({ label, value, note, tone }) => [label, value, note, tone]),
      [
        ['Reads back, us-east', 'unbroken', 'objective 10 s', 'good'],
        ['Writes back, us-east', '6 s', 'objective 20 s', 'good'],
        ['Reads back, us-west', '3 s', 'objective 10 s', 'good'],
        ['Writes back, us-west', '6 s', 'objective 20 s', 'good'],
        ['Acknowledged writes lost', '0', 'of 3,310', 'good'],
        ['Succeeded during the fault', '92.5 %', '450 operations of 6,000 did not', 'neutral'],
        ['Users logged out', '0', 'of 40 sessions', 'good'],
        ['Somebody was paged after', '2.4 s', 'from the fault to the page', 'good'],
      ],
    );
  });

  it('says "unknown" where no check measured', () => {
    const { figures } = viewOf(record, judgementOf([verdictOf('sessions', 'inconclusive')]));
    const unknown = figures.filter(({ tone }) => tone === 'unknown').map(({ label }) => label);
    assert.deepEqual(unknown, ['Acknowledged writes lost', 'Users logged out', 'Somebody was paged after']);
  });

  it('counts the time of every chart from the fault, one value of each line for each point', () => {
    assert.deepEqual(
      view.charts.charts.map(({ id }) => id),
      ['rate', 'availability', 'latency', 'share', 'lag'],
    );
    for (const { seconds, lines } of view.charts.charts) {
      assert.equal(seconds[0], -19.5);
      for (const { values } of lines) assert.equal(values.length, seconds.length);
    }
    const [, availability] = view.charts.charts;
    const atSecond = availability!.seconds.indexOf(1.5);
    assert.ok(availability!.lines[0]!.values[atSecond]! < 50);
  });

  it('gives a table of few rows beside every chart', () => {
    for (const { table, lines } of view.charts.charts) {
      assert.ok(table.rows.length > 5 && table.rows.length <= 16, `${table.rows.length} rows`);
      for (const row of table.rows) assert.equal(row.length, lines.length + 1);
    }
  });

  it('widens the windows of a long run to at most 600 points, and says so', () => {
    const first = record.operations[0]!;
    const hour = { ...first, index: 999_999, intendedMs: first.intendedMs + 3_600_000 };
    const { charts } = viewOf({ ...record, operations: [...record.operations, hour] }, goodJudgement());
    assert.equal(charts.thinned, true);
    assert.equal(charts.stepMs, 6000);
    for (const { seconds } of charts.charts) assert.ok(seconds.length <= 600);
  });

  it('orders milestones by time, and keeps those that were not seen for the end', () => {
    const times = view.milestones.map(({ atMs }) => atMs);
    const seen = times.filter((atMs) => atMs !== null);
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );
    assert.deepEqual(times.slice(0, seen.length), seen);
    assert.deepEqual(
      view.marks.map(({ number }) => number),
      seen.map((_, index) => index + 1),
    );
  });

  it('chooses at most twelve traces, of different operations, with spans from the client down', () => {
    assert.ok(view.traces.length > 8 && view.traces.length <= 12);
    assert.equal(new Set(view.traces.map(({ operation }) => operation.index)).size, view.traces.length);
    const slowest = view.traces.find(({ id }) => id === 'trace-during-slowest')!;
    assert.deepEqual(
      slowest.rows.map(({ depth }) => depth),
      [0, 1, 2, 2],
    );
    for (const { leftShare, widthShare } of slowest.rows) assert.ok(leftShare >= 0 && leftShare + widthShare <= 1.0001);
  });

  it('survives spans that are their own ancestors', () => {
    const { traceId } = record.operations[0]!;
    const [root, entry] = record.spans.filter((span) => span.traceId === traceId);
    const circular = [
      { ...root!, parentSpanId: entry!.spanId },
      { ...entry!, parentSpanId: root!.spanId },
    ];
    const { traces } = viewOf({ ...record, spans: circular }, goodJudgement());
    assert.ok(traces.every(({ rows }) => rows.length === 0));
  });

  it('marks what the fault touched in words, and draws connections between the same two ends as one', () => {
    const { zones, links, telemetryEdges, summary } = view.topology;
    const { topology, faults } = record.manifest;
    const cut = faults[0]!.scope.edges;
    assert.equal(summary, `The fault: 7 of 17 nodes killed, ${cut.length} of ${topology.edges.length} edges cut.`);
    assert.equal(zones.find(({ name }) => name === 'us-west')?.mark, '7 of 7 nodes killed');
    const pairs = links.map(({ from, to }) => [from, to].sort().join(' '));
    assert.equal(new Set(pairs).size, pairs.length);
    const replication = links.find(({ from, to }) => from.startsWith('db.') && to.startsWith('db.'));
    assert.deepEqual(replication, {
      from: 'db.us-east',
      to: 'db.us-west',
      plane: 'data',
      bothWays: true,
      ranks: 0,
      mark: 'cut',
      withinFault: false,
    });
    const telemetry = topology.edges.filter(({ plane }) => plane === 'telemetry').map(edgeName);
    const marked = telemetry.filter((name) => cut.includes(name)).length;
    assert.deepEqual(telemetryEdges, { total: telemetry.length, marked });
  });

  it('says what a Toxiproxy server cannot do that is not the embedded one', () => {
    const record = outageRecord();
    const limitsWith = (can: boolean) => {
      const networkCapabilities = { bulkCut: can, leases: can, datagrams: can };
      const { limits } = viewOf({ ...record, manifest: { ...record.manifest, networkCapabilities } }, goodJudgement());
      return limits.differences.filter((text) => text.includes('This Toxiproxy server'));
    };
    assert.deepEqual(limitsWith(true), []);
    assert.equal(limitsWith(false).length, 3);
  });

  it('lists as limits how the means differ from the real thing', () => {
    const { gaps, differences } = view.limits;
    assert.deepEqual(gaps, []);
    assert.match(differences.join('\n'), /accepts a connection before it dials/);
    assert.match(differences.join('\n'), /not yet fsynced/);
  });
});
