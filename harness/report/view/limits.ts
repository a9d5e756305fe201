import { formatDuration, formatNumberOf } from '../../model/analysis/format.ts';
import type { FaultAction } from '../../model/fault.ts';
import { overrunMs } from '../../model/phase.ts';
import type { RunManifest, RunRecord } from '../../model/run-record.ts';
import type { Judgement } from './conclusions.ts';

/** What this run cannot show. */
export interface LimitsView {
  /** Data that should be there and is not. */
  gaps: string[];
  /** Where the means of this run differ from the real thing. */
  differences: string[];
}

export function limitsOf(record: RunRecord, judgement: Judgement): LimitsView {
  return { gaps: gapsOf(record, judgement), differences: differencesOf(record) };
}

function gapsOf({ manifest, gaps, alerts, ledger, spans, operations }: RunRecord, { verdicts }: Judgement): string[] {
  const silent = manifest.canary.filter(({ seen }) => !seen);
  const { generator, receiver } = manifest.harness;
  return [
    ...(manifest.ending === null ? [] : [`The run did not go through: ${manifest.ending.reason}.`]),
    ...manifest.phases
      .filter((record) => overrunMs(record) > 0)
      .map((record) => `The phase ${record.phase} took ${formatDuration(overrunMs(record))} longer than it may.`),
    ...(manifest.faults.length === 0 ? ['No fault was injected.'] : []),
    ...(operations.length === 0 ? ['No operation of a client was recorded.'] : []),
    ...(spans.length === 0 ? ['No span was recorded.'] : []),
    ...(ledger === null ? ['Writes were not read back after the end.'] : []),
    ...(alerts === null ? ['Prometheus could not be asked for alerts.'] : []),
    ...silent.map(({ pipeline, detail }) => `The canary for ${pipeline} did not arrive: ${detail}.`),
    ...(generator === null ? ['The load generator did not report on itself.'] : []),
    ...(generator !== null && generator.dropped > 0
      ? [`${formatNumberOf(generator.dropped, 'operation')} could not be sent in time and counted as failed.`]
      : []),
    ...(receiver !== null && receiver.refused > 0
      ? [
          `The span receiver refused ${formatNumberOf(receiver.refused, 'request')}: ${Object.keys(receiver.refusals).join('; ') || 'no reason is known'}.`,
        ]
      : []),
    ...gaps,
    ...verdicts.flatMap(({ title, gaps: unseen }) => unseen.map((gap) => `${title}: ${gap}`)),
  ];
}

function differencesOf({ manifest }: RunRecord): string[] {
  const done = new Set(manifest.faults.flatMap(({ actions }) => actions.map(({ what }: FaultAction) => what)));
  return [
    ...(done.has('cut')
      ? [
          'Edges are cut in a userspace proxy: it accepts a connection before it dials onwards, so clients of a cut edge see an open connection that stays silent, where lost packets would leave the connection itself unanswered.',
        ]
      : []),
    ...(done.has('killed')
      ? [
          'Power loss is simulated by cutting every edge and then sending SIGKILL to every process: pages that were written but not yet fsynced survive, where a real power loss may lose them.',
        ]
      : []),
    ...networkLimits(manifest),
    ...telemetrySpared(manifest),
    ...(manifest.driver === 'process'
      ? ['All zones share one machine: one clock, one kernel and its processors. Capacity figures mean nothing.']
      : ['All zones share one machine and its processors, in containers: capacity figures mean nothing.']),
    `Recovery times are known to a quarter of a second, and only within the hold of ${formatDuration(manifest.phaseLengths.holdMs)}: a problem that shows later than that was not waited for.`,
    'This is one run. A passed run shows that the system can survive the fault, not that it always does.',
  ];
}

/** What a Toxiproxy server that is not the embedded one cannot do; a record from before that was told has them all. */
function networkLimits({ networkCapabilities }: RunManifest): string[] {
  const { bulkCut = true, leases = true, datagrams = true } = networkCapabilities ?? {};
  return [
    ...(bulkCut
      ? []
      : ['This Toxiproxy server cannot cut all edges at once: they were cut one after the other, by two toxics each.']),
    ...(leases
      ? []
      : [
          'This Toxiproxy server knows no leases: had the harness died, its cuts would have stayed until "npm run undo".',
        ]),
    ...(datagrams
      ? []
      : [
          'This Toxiproxy server carries no datagrams: clients asked the name server over TCP, and no fault touched UDP.',
        ]),
  ];
}

function telemetrySpared({ faults, topology }: RunManifest): string[] {
  const touched = new Set(faults.flatMap(({ scope }) => scope.edges));
  if (touched.size === 0) return [];
  const telemetry = topology.edges.filter(({ plane }) => plane === 'telemetry');
  const spared = telemetry.every(({ from, to, port }) => !touched.has(`${from}->${to}:${port}`));
  return spared && telemetry.length > 0
    ? [
        'The telemetry plane was spared: spans and scrapes crossed the border of the fault, which a real partition would stop.',
      ]
    : [];
}
