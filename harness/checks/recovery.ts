import { isInSync } from '../model/analysis/failover-timeline.ts';
import { formatDuration, formatList } from '../model/analysis/format.ts';
import { phaseSpan, undoneFromMs } from '../model/analysis/phases.ts';
import { recoveredLevel } from '../model/analysis/service-level.ts';
import type { Check } from '../model/experiment.ts';
import type { RoleObservation, RunRecord } from '../model/run-record.ts';
import type { Conclusion } from './conclusion.ts';
import { assessService, byRegion, describeLevel } from './service.ts';
import { defineFaultCheck } from './steady-before.ts';

/** After the undo service is good, and one primary has all other databases as standbys again. */
export function recovery(): Check {
  return defineFaultCheck({ name: 'recovery', title: 'Whole again after the undo', question: 'survive' }, conclude);
}

function conclude(record: RunRecord): Conclusion {
  const { manifest } = record;
  const level = recoveredLevel(manifest.objectives);
  const span = phaseSpan(manifest, 'recovery');
  const undoneMs = undoneFromMs(manifest);
  const service = span === null ? null : assessService(byRegion(record, span), level);
  const replication = assessReplication(record, undoneMs);
  const problems = [...(service?.shortfalls ?? []), ...replication.problems];
  const observed = `${service?.observed ?? 'there was no recovery phase'}; ${replication.observed}`;
  return {
    expected: `after the undo, in every region: ${describeLevel(level)}; one primary, every other database its standby`,
    observed,
    violated: problems.length > 0,
    gaps: [
      ...(undoneMs === null ? ['the fault was not undone'] : []),
      ...(service === null ? ['there was no recovery phase'] : service.gaps),
      ...replication.gaps,
    ],
    sentences: {
      passed: `After the undo ${observed}.`,
      deviated: `The system was not whole again after the undo: ${problems.join('; ')}.`,
      inconclusive: 'It is not known whether the system became whole again',
    },
    measurements: [
      ...(service?.measurements ?? []),
      { name: 'rejoined-after-undo', value: replication.rejoinedMs, unit: 'ms' },
    ],
    findings: problems.map((summary) => ({ summary })),
    advice:
      'Look in the log of the database that came back for how it rejoined (rewind or copy), and in the load balancers for when they took their servers back.',
  };
}

interface Replication {
  problems: string[];
  gaps: string[];
  observed: string;
  /** From the undo's first action to the first sign of a standby that streams; null when there was none. */
  rejoinedMs: number | null;
}

/** The agents' own roles at the end decide; their events tell how long it took. */
function assessReplication({ manifest, events }: RunRecord, undoneMs: number | null): Replication {
  const databases = manifest.topology.nodes.filter(({ tier }) => tier === 'database').map(({ name }) => name);
  const none: Replication = { problems: [], gaps: [], observed: 'there is no replication', rejoinedMs: null };
  if (databases.length < 2 || undoneMs === null) return none;
  const streaming = events
    .filter((event) => event.atMs >= undoneMs && (event.event === 'standby-streaming' || isInSync(event)))
    .map(({ atMs }) => atMs - undoneMs);
  const rejoinedMs = streaming.length === 0 ? null : Math.min(...streaming);
  const roles = finalRoles(manifest.roles, undoneMs);
  const missing = databases.filter((node) => !roles.has(node));
  if (missing.length > 0) {
    const gaps = rejoinedMs === null ? [`the final role of ${formatList(missing)} was not observed`] : [];
    return { ...none, gaps, rejoinedMs, observed: rejoinedText(rejoinedMs) };
  }
  const primaries = databases.filter((node) => roles.get(node) === 'primary');
  const others = databases.filter((node) => !['primary', 'standby'].includes(roles.get(node) ?? ''));
  const problems = [
    ...(primaries.length === 1 ? [] : [`${primaries.length} databases were primary at the end instead of one`]),
    ...others.map((node) => `${node} was ${roles.get(node)} at the end instead of standby`),
  ];
  return { problems, gaps: [], observed: problems.join('; ') || rejoinedText(rejoinedMs), rejoinedMs };
}

function rejoinedText(rejoinedMs: number | null): string {
  return rejoinedMs === null
    ? 'every other database was a standby at the end'
    : `the standby was streaming again ${formatDuration(rejoinedMs)} after the undo began`;
}

/** The last role that each node reported after the undo had begun. */
function finalRoles(roles: readonly RoleObservation[], undoneMs: number): Map<string, string> {
  const later = roles.filter(({ atMs }) => atMs >= undoneMs).sort((one, other) => one.atMs - other.atMs);
  return new Map(later.map(({ node, role }) => [node, role]));
}
