import type { CheckStatus, CheckVerdict } from '../../model/verdict.ts';
import { worstOf } from '../../model/verdict.ts';
import type { Judgement } from '../view/conclusions.ts';

/** A verdict of a check; everything but its name and status may be left out. */
export function verdictOf(check: string, status: CheckStatus, values: Partial<CheckVerdict> = {}): CheckVerdict {
  return {
    check,
    title: check,
    question: 'survive',
    status,
    sentence: `${check} ${status}.`,
    expected: 'what the objectives say',
    observed: 'what the record shows',
    measurements: [],
    gaps: [],
    findings: [],
    findingsTotal: 0,
    ...values,
  };
}

export function judgementOf(verdicts: CheckVerdict[]): Judgement {
  return { verdict: worstOf(verdicts.map(({ status }) => status)), verdicts };
}

/** What the checks say of an outage that was handled well. */
export function goodJudgement(): Judgement {
  return judgementOf([
    verdictOf('steady-state', 'passed', {
      title: 'Steady state before the fault',
      sentence: 'Before the fault 100 % of operations succeeded, with a 99th percentile of 60 ms.',
      expected: 'at least 99 % of operations succeed within 1 s at the 99th percentile',
      observed: '100 % succeeded, 99th percentile 60 ms',
      measurements: [
        { name: 'availability', value: 100, unit: '%', objective: 99 },
        { name: 'latency-p99', value: 60.2, unit: 'ms', objective: 1000 },
      ],
    }),
    verdictOf('rto-reads', 'passed', {
      title: 'Reads back in time',
      sentence:
        'Reads were back after 3 s in us-west, and within the objectives throughout in us-east (objective 10 s).',
      expected: 'reads are back within 10 s of the first injected action in every region',
      observed: 'back after 3 s in us-west, and within the objectives throughout in us-east',
      measurements: [
        { name: 'rta', value: 0, unit: 'ms', objective: 10_000, labels: { region: 'us-east', class: 'read' } },
        { name: 'rta', value: 3000, unit: 'ms', objective: 10_000, labels: { region: 'us-west', class: 'read' } },
      ],
    }),
    verdictOf('rto-writes', 'passed', {
      title: 'Writes back in time',
      sentence: 'Writes were back after 6 s in us-east and 6 s in us-west (objective 20 s).',
      expected: 'writes are back within 20 s of the first injected action in every region',
      observed: 'back after 6 s in us-east and 6 s in us-west',
    }),
    verdictOf('redirect', 'passed', {
      title: 'All traffic goes to the healthy datacenter',
      sentence: 'All traffic went to us-east 3 s after the fault (objective 10 s).',
      expected: 'nobody dials us-west any more within 10 s',
      observed: 'the last operation to us-west was sent 3 s after the fault',
    }),
    verdictOf('acknowledged-writes', 'passed', {
      title: 'No acknowledged write is lost',
      question: 'right',
      sentence: 'All 3,310 acknowledged writes were found in the API and in both copies of the database.',
      expected: 'each acknowledged write is found through the API and in every copy',
      observed: '3,310 of 3,310 were found',
      measurements: [
        { name: 'rpa-writes', value: 0, unit: 'count', objective: 0 },
        { name: 'acknowledged', value: 3310, unit: 'count' },
      ],
    }),
    verdictOf('sessions', 'passed', {
      title: 'Nobody is logged out',
      question: 'right',
      sentence: 'None of 40 users was logged out.',
      expected: 'every session that was valid before is valid after',
      observed: 'no session was refused',
      measurements: [
        { name: 'sessions-logged-out', value: 0, unit: 'count', objective: 0 },
        { name: 'sessions-before', value: 40, unit: 'count' },
      ],
    }),
    verdictOf('alert', 'passed', {
      title: 'Somebody was paged',
      question: 'known',
      sentence: 'DatacenterUnreachable fired 2.4 s after the fault; writes in us-east were bad for 6 s.',
      expected: 'a page is sent when clients see worse than the objectives during the fault, and none otherwise',
      observed: 'writes in us-east were bad for 6 s; DatacenterUnreachable fired 2.4 s after the fault',
      measurements: [{ name: 'time-to-detect', value: 2400, unit: 'ms' }],
    }),
    verdictOf('telemetry-completeness', 'passed', {
      title: 'Traces are complete',
      question: 'known',
      sentence: '100 % of the spans that could be expected arrived.',
      expected: 'at least 95 % of operations left both their spans',
      observed: '100 %',
    }),
    verdictOf('attestation', 'passed', {
      title: 'The fault was really there and is really gone',
      question: 'real',
      sentence: 'Every probe found the fault while it was injected, and nothing of it after the undo.',
      expected: 'no answer across any cut edge, and answers across all of them after the undo',
      observed: '46 of 46 probes confirmed it',
    }),
  ]);
}

/** The same run with a lost write, late writes and a blind spot. */
export function badJudgement(traceId: string, atMs: number): Judgement {
  const changed: Record<string, CheckVerdict> = {
    'acknowledged-writes': verdictOf('acknowledged-writes', 'deviated', {
      title: 'No acknowledged write is lost',
      question: 'right',
      sentence: '2 of 3,310 acknowledged writes were lost.',
      expected: 'each acknowledged write is found through the API and in every copy',
      observed: '3,308 of 3,310 were found',
      measurements: [{ name: 'rpa-writes', value: 2, unit: 'count', objective: 0 }],
      findings: [
        {
          summary: 'write-771 (post-photo of user-12) was acknowledged and is in no copy',
          atMs,
          traceId,
          details: { writeId: 'write-771', writtenBy: 'db.us-west', epoch: 1 },
        },
        { summary: 'write-774 (like-photo of user-3) was acknowledged and is in no copy', atMs: atMs + 20 },
      ],
      findingsTotal: 2,
      advice: 'Let the primary record inSync=false before it acknowledges a write that its standby has not confirmed.',
    }),
    'telemetry-completeness': verdictOf('telemetry-completeness', 'inconclusive', {
      title: 'Traces are complete',
      question: 'known',
      sentence: 'It is not known whether traces are complete: the span receiver did not report.',
      expected: 'at least 95 % of operations left both their spans',
      observed: 'nothing',
      gaps: ['the span receiver did not report'],
    }),
  };
  return judgementOf(goodJudgement().verdicts.map((verdict) => changed[verdict.check] ?? verdict));
}
