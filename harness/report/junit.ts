import { formatValue } from '../model/analysis/format.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { CheckVerdict, RunVerdict } from '../model/verdict.ts';
import { type Html, html } from './html.ts';
import type { Judgement } from './view/conclusions.ts';

/** Endings that no check tells about. */
const ENDINGS: readonly RunVerdict[] = ['aborted', 'interrupted', 'failed'];

/**
 * The judgement as JUnit XML, one test case a check. A deviation is a failure; an inconclusive check is an error,
 * because a runner that skips it would let it pass.
 */
export function renderJunit(record: RunRecord, judgement: Judgement): string {
  const { manifest } = record;
  const cases = [
    ...judgement.verdicts.map((verdict) => checkCase(verdict, manifest.experiment.name)),
    ...endingCase(record, judgement),
  ];
  const failures = judgement.verdicts.filter(({ status }) => status === 'deviated').length;
  const errors = cases.length - failures - judgement.verdicts.filter(({ status }) => status === 'passed').length;
  const seconds = manifest.finishedAtMs === null ? 0 : (manifest.finishedAtMs - manifest.startedAtMs) / 1000;
  const counts = html`tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="0" time="${seconds.toFixed(3)}"`;
  return html`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="faultline" ${counts}>
<testsuite name="${manifest.experiment.name}" ${counts} timestamp="${new Date(manifest.startedAtMs).toISOString()}">
<properties>
<property name="run" value="${manifest.runId}"/>
<property name="verdict" value="${judgement.verdict}"/>
<property name="seed" value="${manifest.seed}"/>
<property name="reproduce" value="${manifest.reproduce}"/>
</properties>
${cases}</testsuite>
</testsuites>
`.markup;
}

function checkCase(verdict: CheckVerdict, experiment: string): Html {
  const { check, status, sentence } = verdict;
  const problem =
    status === 'deviated'
      ? html`<failure type="deviated" message="${sentence}">${explanation(verdict)}</failure>
`
      : status === 'inconclusive'
        ? html`<error type="inconclusive" message="${sentence}">${explanation(verdict)}</error>
`
        : null;
  return html`<testcase classname="${experiment}.${verdict.question}" name="${check}">
${problem}<system-out>${measurementLines(verdict)}</system-out>
</testcase>
`;
}

/** A run that did not go through fails its suite even when every check it could make passed. */
function endingCase({ manifest }: RunRecord, { verdict, verdicts }: Judgement): Html[] {
  if (!ENDINGS.includes(verdict) && verdicts.length > 0) return [];
  const reason = manifest.ending?.reason ?? 'no check was made';
  return [
    html`<testcase classname="${manifest.experiment.name}" name="run">
<error type="${verdict}" message="${reason}"></error>
</testcase>
`,
  ];
}

function explanation({ title, expected, observed, gaps, findings, findingsTotal, advice }: CheckVerdict): string {
  return [
    title,
    `Expected: ${expected}`,
    `Observed: ${observed}`,
    ...gaps.map((gap) => `Not seen: ${gap}`),
    ...findings.map(({ summary, traceId }) => `- ${summary}${traceId === undefined ? '' : ` (trace ${traceId})`}`),
    ...(findingsTotal > findings.length ? [`and ${findingsTotal - findings.length} more`] : []),
    ...(advice === undefined ? [] : [`What to do: ${advice}`]),
  ].join('\n');
}

function measurementLines({ sentence, measurements }: CheckVerdict): string {
  const lines = measurements.map(({ name, value, unit, objective, labels = {} }) => {
    const of = Object.values(labels).join(', ');
    const against = objective === undefined ? '' : ` (objective ${formatValue(objective, unit)})`;
    return `${name}${of === '' ? '' : ` [${of}]`}: ${formatValue(value, unit)}${against}`;
  });
  return [sentence, ...lines].join('\n');
}
