import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict, measured } from '../model/analysis/test-builders/expect-verdict.ts';
import { handledWell, type Planned } from '../model/analysis/test-builders/operations-builder.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import type { Operation } from '../model/operation.ts';
import { cdnFallback } from './cdn-fallback.ts';

/** From the fault on, every fourth operation asks a CDN for two assets. */
function record(ending: (planned: Planned) => Partial<Operation>) {
  const asks = ({ afterFaultMs, index }: Planned) => afterFaultMs >= 6000 && index % 4 === 0;
  return buildRecord({
    behaviour: (planned) => ({ ...handledWell(planned), ...(asks(planned) ? ending(planned) : {}) }),
  });
}

describe('cdn-fallback', () => {
  it('passes when what the CDN does not give comes from the site', () => {
    const verdict = expectVerdict(
      cdnFallback(),
      record(() => ({ cdn: { asked: 2, failed: 1 } })),
      'passed',
    );
    assert.match(
      verdict.sentence,
      /^Clients turned to the site: .* did not give 511 of 1,022 assets, and 100 % of the/,
    );
    assert.equal(measured(verdict, 'cdn-assets-asked'), 2 * measured(verdict, 'cdn-assets-failed')!);
  });

  it('deviates when operations end with it, and names them', () => {
    const broken = { cdn: { asked: 2, failed: 1 }, outcome: 'fail', error: 'cdn: timeout' } as const;
    const verdict = expectVerdict(
      cdnFallback(),
      record(() => broken),
      'deviated',
    );
    assert.match(verdict.findings[0]!.summary, /^[a-z-]+ of user-\d+ in us-\w+ ended with cdn: timeout$/);
  });

  it('is inconclusive when the CDN failed nobody, or nobody asked it', () => {
    const { gaps } = expectVerdict(
      cdnFallback(),
      record(() => ({ cdn: { asked: 2, failed: 0 } })),
      'inconclusive',
    );
    assert.deepEqual(gaps, ['the content delivery network failed only 0 operations, at least 10 are needed']);
    expectVerdict(
      cdnFallback(),
      record(() => ({})),
      'inconclusive',
    );
  });

  it('is inconclusive when nothing was injected', () => {
    const built = record(() => ({ cdn: { asked: 2, failed: 1 } }));
    built.manifest.faults = [];
    expectVerdict(cdnFallback(), built, 'inconclusive');
  });
});
