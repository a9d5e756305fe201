import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict, measured } from '../model/analysis/test-builders/expect-verdict.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';

import { canary } from './canary.ts';

describe('canary', () => {
  it('passes when each pipeline was seen to work', () => {
    const verdict = expectVerdict(canary(), buildRecord(), 'passed');
    assert.equal(
      verdict.sentence,
      'A canary of each pipeline arrived before the load began: operations, traces and metrics.',
    );
  });

  for (const pipeline of ['operations', 'traces', 'metrics']) {
    it(`is inconclusive when the one for ${pipeline} was not seen or not sent`, () => {
      const record = buildRecord();
      record.manifest.canary.find((each) => each.pipeline === pipeline)!.seen = false;
      assert.deepEqual(expectVerdict(canary(), record, 'inconclusive').gaps, [
        `the canary for ${pipeline} did not arrive: it arrived`,
      ]);
      record.manifest.canary = record.manifest.canary.filter((each) => each.pipeline !== pipeline);
      assert.deepEqual(expectVerdict(canary(), record, 'inconclusive').gaps, [`no canary was sent for ${pipeline}`]);
    });
  }

  it('is inconclusive when another pipeline that was tried stayed silent', () => {
    const record = buildRecord();
    record.manifest.canary.push({ pipeline: 'logs', seen: false, detail: 'no line' });
    assert.equal(measured(expectVerdict(canary(), record, 'inconclusive'), 'pipelines-seen'), 3);
  });
});
