import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { RunRecord } from '../model/run-record.ts';
import { renderReport } from './report.ts';
import { HOSTILE, poisoned } from './test-builders/hostile.ts';
import { badJudgement, goodJudgement, judgementOf } from './test-builders/judgements.ts';
import { outageRecord } from './test-builders/outage-record.ts';

const TWO_MEGABYTES = 2_000_000;

describe('the report', () => {
  it('tells the verdict first and then goes from figures to the command that reproduces it', async () => {
    const page = await renderReport(outageRecord(), goodJudgement());
    const headings = [...page.matchAll(/<h([12])[^>]*>([^<]*)<\/h\1>/g)].map(([, , text]) => text);
    assert.deepEqual(headings, [
      'Photo sharing in two data centers survived the power loss of us-west: reads were back after 3\u00a0s, writes were back after 6\u00a0s, no acknowledged write was lost and nobody was logged out.',
      'Key figures',
      'What broke, what held, what to fix',
      'Hypothesis against observed',
      'Alerts and telemetry: would you have known?',
      'Topology with the fault on it',
      'The run over time',
      'Failover timeline',
      'Faults and their attestation',
      'Exemplar traces',
      'Statistics and limits',
      'Environment and how to do it again',
    ]);
    assert.match(page, /npm run experiment dc-outage -- --seed 7/);
  });

  it('is the same, byte for byte, when it is rendered twice', async () => {
    const render = () => renderReport(outageRecord(), goodJudgement());
    assert.equal(await render(), await render());
  });

  it('leaves its record and its judgement as they were', async () => {
    const record = outageRecord();
    const judgement = goodJudgement();
    const before = JSON.stringify([record, judgement]);
    await renderReport(record, judgement);
    assert.equal(JSON.stringify([record, judgement]), before);
  });

  it('names nothing that a browser would have to fetch', async () => {
    const page = await renderReport(outageRecord(), goodJudgement());
    assert.doesNotMatch(page, /<(?:script|img|iframe|object|embed)[^>]* src=/);
    assert.doesNotMatch(page, /url\(|@import/);
    const links = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address]) => address ?? '');
    assert.deepEqual(
      links.filter((address) => !/^(?:#|data:)/.test(address)),
      [],
    );
  });

  it('lets no text of the target become markup', async () => {
    const record = outageRecord({ operations: 600 });
    const page = await renderReport(...poisoned(record, badJudgement(record.operations[400]!.traceId, 0)));
    assert.ok(!page.includes('<img'));
    assert.equal(page.match(/<script/g)?.length, 5);
    assert.ok(!page.includes(HOSTILE));
    assert.ok(!page.includes('\u001b'));
  });

  it('shows what broke, with its findings and what to do, before what held', async () => {
    const record = outageRecord();
    const lost = record.operations.find(({ outcome }) => outcome === 'info')!;
    const page = await renderReport(record, badJudgement(lost.traceId, lost.intendedMs));
    const order = [
      'What broke',
      '2 of 3,310 acknowledged writes were lost',
      'What to fix',
      'inSync=false',
      'What held',
    ];
    const places = order.map((text) => page.indexOf(text, page.indexOf('id="conclusions"')));
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
    assert.ok(!places.includes(-1));
    assert.match(page, /write-771 \(post-photo of user-12\) was acknowledged and is in no copy/);
  });

  it('stays under 2 MB when it is made from 100,000 operations', async () => {
    const record = outageRecord({ operations: 100_000 });
    assert.equal(record.operations.length, 100_000);
    const page = await renderReport(record, goodJudgement());
    assert.ok(page.length < TWO_MEGABYTES, `${page.length} bytes`);
  }).timeout(120_000);
});

describe('the report of an incomplete record', () => {
  const spoiled: [string, (record: RunRecord) => void, RegExp][] = [
    ['without operations', (record) => (record.operations = []), /No operation of a client was recorded/],
    ['without spans', (record) => (record.spans = []), /No span was recorded/],
    ['without metrics', (record) => (record.metrics = []), /No series of replication lag was recorded/],
    ['without alerts', (record) => (record.alerts = null), /Prometheus could not be asked for alerts/],
    ['with no alert fired', (record) => (record.alerts = []), /No alert fired during the run/],
    ['without events', (record) => (record.events = []), /not seen/],
    ['without a ledger', (record) => (record.ledger = null), /Writes were not read back after the end/],
    ['without faults', (record) => (record.manifest.faults = []), /No fault was injected/],
    ['without phases', (record) => (record.manifest.phases = []), /No phase was recorded/],
    ['without a canary', (record) => (record.manifest.canary = []), /No canary was sent/],
    ['with gaps', (record) => record.gaps.push('spans: 3 damaged lines'), /spans: 3 damaged lines/],
    ['of a run that never finished', (record) => (record.manifest.finishedAtMs = null), /it never finished/],
    [
      'of an empty topology',
      (record) => {
        record.manifest.topology = { ...record.manifest.topology, zones: [], nodes: [], endpoints: [], edges: [] };
      },
      /The record has no edges/,
    ],
    [
      'of a harness that measured nothing',
      (record) => {
        const nothing = { generator: null, toxiproxy: null, receiver: null, runner: null, nodes: {}, bringUpMs: null };
        record.manifest.harness = nothing;
      },
      /The load generator did not report on itself/,
    ],
  ];

  for (const [what, spoil, expected] of spoiled) {
    it(`${what} says so`, async () => {
      const record = outageRecord({ operations: 300 });
      spoil(record);
      assert.match(await renderReport(record, goodJudgement()), expected);
    });
  }

  it('of a run that was interrupted before anything began says why', async () => {
    const record = outageRecord({ operations: 300 });
    for (const [, spoil] of spoiled) spoil(record);
    record.manifest.ending = { verdict: 'interrupted', reason: 'SIGINT' };
    const page = await renderReport(record, { verdict: 'interrupted', verdicts: [] });
    assert.match(page, /<h1>The run was interrupted before it could answer: SIGINT\.<\/h1>/);
    assert.match(page, /No check was made, so nothing is proven/);
  });

  it('whose every check lacks data does not claim anything', async () => {
    const record = outageRecord({ operations: 300 });
    const page = await renderReport(record, judgementOf([]));
    assert.match(
      page,
      /It cannot be said whether photo sharing in two data centers survives the power loss of us-west/,
    );
  });
});
