import { formatDuration, formatList, formatNumberOf, formatShare } from '../model/analysis/format.ts';
import { holdSpan, type TimeSpan } from '../model/analysis/phases.ts';
import { servedIn } from '../model/analysis/servers.ts';
import type { Check } from '../model/experiment.ts';
import type { Operation } from '../model/operation.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { Finding } from '../model/verdict.ts';
import type { Conclusion } from './conclusion.ts';
import { defineFaultCheck } from './steady-before.ts';

/** Within this a server that is added answers its first operation. */
const FIRST_MS_MAX = 10_000;
/** Over this last part of the hold, what every server of its zone has answered is compared. */
const COMPARED_MS = 8000;
/** Of an equal share: by chance, and because old sessions may stay where they are. */
const FAIR_MIN = 0.5;
/** Fewer operations say nothing about shares. */
const COMPARED_OPERATIONS_MIN = 50;
/** The kind of fault that adds servers. */
const ADDING = 'start';

/** What was added under load takes its share of it, and none of what it answers fails. */
export function addedServers(): Check {
  return defineFaultCheck(
    { name: 'added-servers', title: 'Added servers take traffic', question: 'survive' },
    conclude,
  );
}

interface AddedServer {
  readonly name: string;
  /** From when it was asked to start to the first operation that it answered with success; null: there is none. */
  readonly firstMs: number | null;
  /** Of an equal share of what the servers of its zone answered in the last part of the hold; null: too few operations. */
  readonly fairness: number | null;
  readonly failed: readonly Operation[];
}

function conclude(record: RunRecord): Conclusion {
  const hold = holdSpan(record.manifest);
  const servers = hold === null ? [] : addedIn(record).map((added) => assess(record, added, hold));
  const problems = servers.flatMap(problemsOf);
  const observed = servers.length === 0 ? 'no server was added' : formatList(servers.map(describe));
  return {
    expected: `an added server answers its first operation within ${formatDuration(FIRST_MS_MAX)}, at least ${formatShare(FAIR_MIN)} of an equal share of them in the last ${formatDuration(COMPARED_MS)} of the hold, and all of them with success`,
    observed,
    violated: problems.length > 0,
    gaps: servers.length === 0 ? ['no server was added'] : servers.flatMap((server) => gapsOf(server)),
    sentences: {
      passed: `What was added took traffic: ${observed}.`,
      deviated: `What was added did not do its share: ${problems.map(({ summary }) => summary).join('; ')}.`,
      inconclusive: 'It is not known whether what was added took traffic',
    },
    measurements: servers.flatMap(({ name: server, firstMs, fairness, failed }) => [
      { name: 'first-answer', value: firstMs, unit: 'ms', objective: FIRST_MS_MAX, labels: { server } },
      {
        name: 'part-of-equal-share',
        value: fairness === null ? null : fairness * 100,
        unit: '%',
        objective: FAIR_MIN * 100,
        labels: { server },
      },
      { name: 'failed', value: failed.length, unit: 'count', objective: 0, labels: { server } },
    ]),
    findings: problems,
    advice:
      'Look whether the load balancer has the server in its list and its health check succeeds, and what keeps users with the servers that they had: sessions that live there, or connections that are never closed.',
  };
}

/** Every node that was started, with when that was asked for. */
function addedIn({ manifest }: RunRecord): { name: string; atMs: number }[] {
  return manifest.faults
    .filter(({ kind }) => kind === ADDING)
    .flatMap(({ actions }) => actions.map(({ subject, atMs }) => ({ name: subject, atMs })));
}

function assess(
  { manifest, operations }: RunRecord,
  { name, atMs }: { name: string; atMs: number },
  hold: TimeSpan,
): AddedServer {
  const { nodes } = manifest.topology;
  const added = nodes.find((node) => node.name === name);
  const alike = nodes.filter(({ tier, zone }) => tier === added?.tier && zone === added?.zone).map((node) => node.name);
  const itsOwn = operations.filter(({ servedBy, startMs }) => servedBy === name && startMs < hold.toMs);
  const first = itsOwn.find(({ outcome }) => outcome === 'ok');
  const compared = { fromMs: Math.max(atMs, hold.toMs - COMPARED_MS), toMs: hold.toMs };
  const [step] = servedIn(operations, { ...compared, stepMs: compared.toMs - compared.fromMs });
  const counts = [...(step?.served ?? [])].filter(([server]) => alike.includes(server));
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const others = counts.filter(([server]) => server !== name).length;
  const equal = total / (others + 1);
  return {
    name,
    firstMs: first === undefined ? null : first.startMs - atMs,
    fairness: total < COMPARED_OPERATIONS_MIN ? null : (step?.served.get(name) ?? 0) / equal,
    failed: itsOwn.filter(({ outcome }) => outcome !== 'ok'),
  };
}

function problemsOf({ name, firstMs, fairness, failed }: AddedServer): Finding[] {
  const late = firstMs !== null && firstMs > FIRST_MS_MAX;
  return [
    ...(late ? [{ summary: `${name} answered its first operation only after ${formatDuration(firstMs)}` }] : []),
    ...(fairness !== null && fairness < FAIR_MIN
      ? [{ summary: `${name} answered ${formatShare(fairness)} of an equal share` }]
      : []),
    ...failed.map(({ f, error, startMs, traceId }) => ({
      summary: `${f} that ${name} answered ended with ${error ?? 'a failure'}`,
      atMs: startMs,
      traceId,
    })),
  ];
}

function gapsOf({ name, fairness }: AddedServer): string[] {
  if (fairness !== null) return [];
  return [
    `fewer than ${formatNumberOf(COMPARED_OPERATIONS_MIN, 'operation')} were answered in the zone of ${name} at the end of the hold`,
  ];
}

function describe({ name, firstMs, fairness }: AddedServer): string {
  const since =
    firstMs === null ? 'answered nothing' : `answered ${formatDuration(firstMs)} after it was asked to start`;
  return fairness === null
    ? `${name} ${since}`
    : `${name} ${since} and took ${formatShare(fairness)} of an equal share`;
}
