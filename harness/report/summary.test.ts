import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { renderSummary, terminalSummary } from './summary.ts';
import { poisoned } from './test-builders/hostile.ts';
import { badJudgement, goodJudgement, judgementOf, verdictOf } from './test-builders/judgements.ts';
import { outageRecord } from './test-builders/outage-record.ts';

const record = outageRecord();
const SIXTY_FOUR_KILOBYTES = 64 * 1024;

describe('summary.md', () => {
  it('tells the verdict, the figures, what broke, what to fix, every check and the command', () => {
    const summary = renderSummary(record, badJudgement('trace-7', 0));
    assert.match(summary, /^# ✗ Deviated: dc-outage\n/);
    assert.match(
      summary,
      /\*\*Photo sharing in two data centers did not keep its promises under the power loss of us-west: 2 of 3,310/,
    );
    assert.match(summary, /\| Reads back, us-west \| 3 s \| objective 10 s \|/);
    assert.match(summary, /## What to fix\n\n- Let the primary record/);
    assert.match(summary, /\| \? \| Traces are complete \| nothing \|/);
    assert.match(summary, /```sh\nnpm run experiment dc-outage/);
  });

  it('stays under 64 KB whatever the checks found', () => {
    const findings = Array.from({ length: 50 }, (_, index) => ({ summary: `${index} ${'lost '.repeat(2000)}` }));
    const long = 'word '.repeat(5000);
    const verdicts = Array.from({ length: 200 }, (_, index) =>
      verdictOf(`check-${index}`, 'deviated', {
        sentence: long,
        observed: long,
        advice: long,
        gaps: [long, long],
        findings,
        findingsTotal: 50,
      }),
    );
    assert.ok(Buffer.byteLength(renderSummary(record, judgementOf(verdicts))) < SIXTY_FOUR_KILOBYTES);
  });

  it('lets no text become markup', () => {
    const summary = renderSummary(...poisoned(record, badJudgement('trace-7', 0)));
    const [text, code] = summary.split('```sh');
    assert.doesNotMatch(text!, /[<]/);
    assert.equal(code!.split('`').length, 4);
  });
});

describe('the terminal summary', () => {
  it('ends with where the report lies, after a line for every check', () => {
    const lines = terminalSummary(record, goodJudgement(), 'reports/x/index.html').split('\n');
    assert.match(
      lines[0]!,
      /^✓ PASSED {2}Photo sharing in two data centers survived the power loss of us-west: reads were back/,
    );
    assert.equal(lines.filter((line) => line.startsWith('  ✓ ')).length, 9);
    assert.equal(lines.at(-1), 'Report: reports/x/index.html');
  });

  it('shows findings and advice of what did not pass', () => {
    const lines = terminalSummary(record, badJudgement('trace-7', 0), 'index.html').split('\n');
    const place = lines.indexOf('  ✗ 2 of 3,310 acknowledged writes were lost.');
    assert.deepEqual(lines.slice(place + 1, place + 4), [
      '      write-771 (post-photo of user-12) was acknowledged and is in no copy',
      '      write-774 (like-photo of user-3) was acknowledged and is in no copy',
      '      What to do: Let the primary record inSync=false before it acknowledges a write that its standby has not confirmed.',
    ]);
  });

  it('lets no text move the cursor', () => {
    assert.doesNotMatch(terminalSummary(...poisoned(record, goodJudgement()), 'index.html'), /(?!\n)\p{Cc}/u);
  });
});
