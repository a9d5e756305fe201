import { z } from 'zod';
import type { AttestationProbe, FaultContext, Look } from '../../model/fault.ts';
import { defineFault } from '../define.ts';

const SHARE_MIN = 0.1;
const SHARE_MAX = 0.95;
/** The target tells of its last 5 s: then all of them lie after the change. */
const MEASURED_MS = 5000;
/** Of fewer views chance decides who has most. */
const VIEWS_MIN = 20;
const SUBJECT = 'content of one user';

export const celebrity = defineFault({
  kind: 'celebrity',
  family: 'traffic',
  summary: "A share of the operations on somebody's content, from every region, goes to one and the same user's.",
  parameters: z.strictObject({
    share: z
      .number()
      .min(SHARE_MIN)
      .max(SHARE_MAX)
      .describe('of all views of photos and profiles, likes and follows; the rest goes to anybody as before'),
  }),
  undone: 'Everybody is looked at as before.',
  attested: 'The target is asked whose content was looked at most in the last seconds, and how much of all that was.',
  example: 'celebrity({ share: 0.8 })',
  title: ({ share }) => `${Math.round(100 * share)} % of the interest in one user`,
  scope: () => ({ nodes: [], edges: [] }),
  async inject({ share }, { load }) {
    return [{ atMs: await load.change({ celebrityShare: share }), what: 'goes to one user', subject: 'load' }];
  },
  async undo(_, { load }) {
    return [{ atMs: await load.change({}), what: 'as planned', subject: 'load' }];
  },
  attest: async ({ share }, context, _, look) => [await attestShare(context, share, look)],
});

/** Somebody is always looked at most: the share must be nearer to the asked one than to that. */
async function attestShare(
  { target, measures, clock }: Pick<FaultContext, 'target' | 'measures' | 'clock'>,
  share: number,
  { expected, baseline }: Look,
): Promise<AttestationProbe> {
  const atMs = clock.now();
  await clock.sleep(MEASURED_MS);
  const found = await measures.hottestContent(target);
  const known = { subject: SUBJECT, atMs, durationMs: clock.now() - atMs };
  if (found === null || found.viewsOfAll < VIEWS_MIN) {
    const expectation = `at least ${VIEWS_MIN} views of content are counted`;
    return { ...known, expectation, observed: found === null ? 'none' : `${found.viewsOfAll}`, status: 'unproven' };
  }
  const { owner, views, viewsOfAll } = found;
  const now = views / viewsOfAll;
  const measured = { value: 100 * now, unit: '%' };
  const observed = `${percent(now)} to ${owner}: ${views} of ${viewsOfAll} views`;
  const baselineShare = baseline.find(({ subject }) => subject === SUBJECT)?.measured?.value;
  if (baselineShare === undefined) {
    return { ...known, expectation: 'views of content are counted', observed, measured, status: 'confirmed' };
  }
  const before = baselineShare / 100;
  const limit = (before + share) / 2;
  const more = expected === 'injected';
  const expectation = `${more ? 'more' : 'less'} than ${percent(limit)} of the views go to one user (before: ${percent(before)})`;
  const holds = before < share && now > limit === more;
  return { ...known, expectation, observed, measured, status: holds ? 'confirmed' : 'mismatch' };
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
