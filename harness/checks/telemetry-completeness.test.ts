import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict, measured } from '../model/analysis/test-builders/expect-verdict.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { UNDO_MS } from '../model/analysis/test-builders/story-times.ts';

import { telemetryCompleteness } from './telemetry-completeness.ts';

describe('telemetry-completeness', () => {
  it('passes when only the fault explains what is missing', () => {
    const verdict = expectVerdict(telemetryCompleteness(), buildRecord(), 'passed');
    assert.equal(
      verdict.sentence,
      "The traces of 100 % of the operations are complete (objective 95 %); 90 more have no server's span because of the fault.",
    );
    assert.equal(measured(verdict, 'explained'), 90);
  });

  it('is inconclusive when servers export nothing', () => {
    const record = buildRecord();
    record.spans = record.spans.filter(({ kind }) => kind !== 'server');
    const verdict = expectVerdict(telemetryCompleteness(), record, 'inconclusive');
    assert.ok(measured(verdict, 'completeness')! < 95);
    assert.ok(verdict.findings[0]?.traceId !== undefined);
  });

  it('is inconclusive without any span, and without operations', () => {
    expectVerdict(telemetryCompleteness(), { ...buildRecord(), spans: [] }, 'inconclusive');
    const { gaps } = expectVerdict(telemetryCompleteness(), { ...buildRecord(), operations: [] }, 'inconclusive');
    assert.deepEqual(gaps, ['no operations were recorded']);
  });

  it('passes exactly at the objective and not below it', () => {
    const record = buildRecord();
    const complete = record.operations.filter(({ servedBy }) => servedBy !== undefined);
    const without = new Set(
      complete
        .filter(({ intendedMs }) => intendedMs > UNDO_MS + 5000)
        .slice(0, 459)
        .map(({ traceId }) => traceId),
    );
    record.spans = record.spans.filter(({ traceId, kind }) => kind !== 'server' || !without.has(traceId));
    record.manifest.objectives.telemetryCompleteness = 0.9;
    expectVerdict(telemetryCompleteness(), record, 'passed');
    record.manifest.objectives.telemetryCompleteness = 0.9001;
    expectVerdict(telemetryCompleteness(), record, 'inconclusive');
  });
});
