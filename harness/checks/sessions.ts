import { formatCount, formatNumberOf } from '../model/analysis/format.ts';
import { faultSpan } from '../model/analysis/phases.ts';
import type { Check } from '../model/experiment.ts';
import type { Operation } from '../model/operation.ts';
import type { RunRecord } from '../model/run-record.ts';
import { type Conclusion, defineCheck } from './conclusion.ts';

/** Fewer of the sessions than this seen at work after the fault do not show that sessions survive. */
const SHOWN_MIN = 0.9;

/** Nobody is logged out: every session that worked before the fault still works after it. */
export function sessions(): Check {
  return defineCheck({ name: 'sessions', title: 'Nobody logged out', question: 'right' }, conclude);
}

function conclude({ manifest, operations }: RunRecord): Conclusion {
  const fault = faultSpan(manifest);
  const faultMs = fault?.fromMs ?? Infinity;
  const good = operations.filter(({ outcome }) => outcome === 'ok');
  const before = sessionsOf(good.filter(({ startMs }) => startMs < faultMs));
  const after = sessionsOf(good.filter(({ startMs, process }) => startMs >= faultMs && before.has(process)));
  const loggedOut = operations.filter((operation) => operation.loggedOut === true);
  const lost = sessionsOf(loggedOut).size;
  const shown = before.size === 0 ? 0 : after.size / before.size;
  const working = `${formatCount(after.size)} of ${formatNumberOf(before.size, 'session')} from before the fault worked after it`;
  return {
    expected: 'no valid session is refused',
    observed:
      lost === 0
        ? working
        : `${formatNumberOf(lost, 'session')} refused in ${formatNumberOf(loggedOut.length, 'operation')}; ${working}`,
    violated: loggedOut.length > 0,
    gaps: gapsOf({ hasFault: fault !== null, before: before.size, shown, working }),
    sentences: {
      passed: `Nobody was logged out: ${working}.`,
      deviated: `${formatNumberOf(lost, 'user was', 'users were')} logged out by a session that had been valid; ${working}.`,
      inconclusive: 'It is not known whether users stayed logged in',
    },
    measurements: [
      { name: 'sessions-logged-out', value: lost, unit: 'count', objective: 0 },
      { name: 'sessions-before', value: before.size, unit: 'count' },
      { name: 'sessions-after', value: after.size, unit: 'count' },
    ],
    findings: loggedOut.map(({ user, f, region, servedBy, startMs, traceId }) => ({
      summary: `${user} in ${region} was refused as logged out in ${f} by ${servedBy ?? 'an unknown server'}`,
      atMs: startMs,
      traceId,
    })),
    advice:
      'Commit sessions to the shared store before log-in is acknowledged, and let caches and web servers only keep copies of them.',
  };
}

function gapsOf({
  hasFault,
  before,
  shown,
  working,
}: {
  hasFault: boolean;
  before: number;
  shown: number;
  working: string;
}): string[] {
  if (!hasFault) return ['no fault was injected'];
  if (before === 0) return ['no session worked before the fault'];
  return shown < SHOWN_MIN ? [`only ${working}`] : [];
}

function sessionsOf(operations: readonly Operation[]): Set<number> {
  return new Set(operations.map(({ process }) => process));
}
