import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { renderJunit } from './junit.ts';
import { poisoned } from './test-builders/hostile.ts';
import { badJudgement, goodJudgement } from './test-builders/judgements.ts';
import { outageRecord } from './test-builders/outage-record.ts';

const record = outageRecord({ operations: 300 });

describe('junit.xml', () => {
  it('has one case a check, a failure for a deviation and an error for what could not be decided', () => {
    const xml = renderJunit(record, badJudgement('trace-7', 0));
    assert.match(xml, /<testsuite name="dc-outage" tests="9" failures="1" errors="1" skipped="0"/);
    assert.match(xml, /<testcase classname="dc-outage\.right" name="acknowledged-writes">\n<failure type="deviated"/);
    assert.match(xml, /<error type="inconclusive" message="It is not known whether traces are complete/);
    assert.match(xml, /is in no copy \(trace trace-7\)/);
  });

  it('has neither failures nor errors when everything passed', () => {
    assert.match(renderJunit(record, goodJudgement()), /tests="9" failures="0" errors="0"/);
  });

  it('counts a run that did not go through as an error, even when its checks passed', () => {
    const ending = { verdict: 'interrupted', reason: 'SIGINT' } as const;
    const interrupted = { ...record, manifest: { ...record.manifest, ending } };
    const xml = renderJunit(interrupted, { ...goodJudgement(), verdict: 'interrupted' });
    assert.match(xml, /tests="10" failures="0" errors="1"/);
    assert.match(xml, /<error type="interrupted" message="SIGINT"><\/error>/);
  });

  it('counts a run without any check as an error', () => {
    assert.match(renderJunit(record, { verdict: 'inconclusive', verdicts: [] }), /tests="1" failures="0" errors="1"/);
  });

  it('lets no text become markup', () => {
    const xml = renderJunit(...poisoned(record, badJudgement('trace-7', 0)));
    assert.ok(!xml.includes('<img'));
    assert.ok(!xml.includes(']]>'));
    assert.ok(!xml.includes('\u0000'));
  });
});
