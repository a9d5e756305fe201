import { formatCount, formatDuration, formatList, formatNumberOf } from '../model/analysis/format.ts';
import { faultSpan } from '../model/analysis/phases.ts';
import type { Check } from '../model/experiment.ts';
import type { Operation } from '../model/operation.ts';
import type { LedgerEntry, LedgerReadBack, RunRecord } from '../model/run-record.ts';
import type { Finding } from '../model/verdict.ts';
import { type Conclusion, defineCheck } from './conclusion.ts';

/** The source of the ledger that clients see. */
const API = 'api';

/**
 * Every acknowledged write is found after the end, through the API and in every copy of the database, with its effect;
 * and what was refused as certainly not done is found nowhere. Writes with an unknown outcome may be there or not.
 */
export function acknowledgedWrites(): Check {
  return defineCheck(
    { name: 'acknowledged-writes', title: 'No acknowledged write lost', question: 'right' },
    (record) => conclude(record, compareLedger(record)),
  );
}

interface Comparison {
  acknowledged: number;
  lost: LostWrite[];
  /** Refused as certainly not done, yet found. */
  dishonest: { operation: Operation; where: string[] }[];
  unknown: number;
  unknownFound: number;
  gaps: string[];
}

interface LostWrite {
  operation: Operation;
  missingIn: string[];
  foundIn: string[];
  /** The row in `writes` is there, what it did is not. */
  withoutEffectIn: string[];
}

function conclude({ manifest }: RunRecord, comparison: Comparison): Conclusion {
  const { acknowledged, lost, dishonest, unknown, unknownFound, gaps } = comparison;
  const { rpoWrites, rpoTerms } = manifest.objectives;
  const lostMs = lostSpanMs(lost, faultSpan(manifest)?.fromMs ?? null);
  const allowed = rpoWrites === 0 ? 'none may be lost' : `at most ${formatNumberOf(rpoWrites, 'write')} may be lost`;
  const total = `${formatNumberOf(acknowledged, 'acknowledged write')}`;
  const lostText =
    lost.length === 0
      ? `all ${total} were found through the API and in every copy of the database`
      : `${formatCount(lost.length)} of ${total} were lost, acknowledged over ${formatDuration(lostMs)}`;
  const dishonestText =
    dishonest.length === 0
      ? ''
      : `; ${formatNumberOf(dishonest.length, 'write reported as certainly not done exists', 'writes reported as certainly not done exist')}`;
  const observed = `${lostText}${dishonestText}; of ${formatCount(unknown)} with an unknown outcome ${formatCount(unknownFound)} had happened`;
  return {
    expected: `every acknowledged write is found through the API and in every copy of the database with its effect (${allowed}${rpoTerms === undefined ? '' : `; ${rpoTerms}`}); none that was reported as certainly not done exists`,
    observed,
    violated: lost.length > rpoWrites || dishonest.length > 0,
    gaps: acknowledged === 0 ? ['no write was acknowledged', ...gaps] : gaps,
    sentences: {
      passed: `${lostText.replace(/^a/, 'A')}.`,
      deviated: `${lost.length === 0 ? '' : `${lostText} (objective: ${allowed})`}${dishonestText}.`.replace(/^; /, ''),
      inconclusive: 'It is not known whether acknowledged writes were lost',
    },
    measurements: [
      {
        name: 'rpa-writes',
        value: gaps.length > 0 && lost.length === 0 ? null : lost.length,
        unit: 'count',
        objective: rpoWrites,
      },
      { name: 'rpa-time', value: gaps.length > 0 && lost.length === 0 ? null : lostMs / 1000, unit: 's' },
      { name: 'acknowledged', value: acknowledged, unit: 'count' },
      { name: 'failed-but-present', value: dishonest.length, unit: 'count' },
      { name: 'unknown', value: unknown, unit: 'count' },
      { name: 'unknown-but-present', value: unknownFound, unit: 'count' },
    ],
    findings: [...lost.map(lostFinding), ...dishonest.map(dishonestFinding)],
    advice:
      lost.length > 0
        ? 'A write may be acknowledged only once the standby that could be promoted has it: check synchronous replication, what the lease record says of it, and that an isolated primary stops serving before another one opens.'
        : 'Answer "not applied" only when nothing can have been committed: once COMMIT was sent, an error means that the outcome is unknown.',
  };
}

function compareLedger({ manifest, operations, ledger }: RunRecord): Comparison {
  const copies = manifest.topology.nodes.filter(({ tier }) => tier === 'database').map(({ name }) => name);
  const writes = operations.filter((operation) => operation.class === 'write');
  const comparison: Comparison = {
    acknowledged: writes.filter(({ outcome }) => outcome === 'ok').length,
    lost: [],
    dishonest: [],
    unknown: writes.filter(({ outcome }) => outcome === 'info').length,
    unknownFound: 0,
    gaps: [],
  };
  if (ledger === null) return { ...comparison, gaps: ['the ledger was not read back'] };
  const sources = readableSources(ledger);
  comparison.gaps = sourceGaps(ledger, [API, ...copies]);
  const anonymous = writes.filter(({ outcome, writeId }) => outcome === 'ok' && writeId === undefined).length;
  if (anonymous > 0) comparison.gaps.push(`${formatNumberOf(anonymous, 'acknowledged write')} had no id to look for`);
  for (const operation of writes) {
    const { writeId, outcome } = operation;
    if (writeId === undefined) continue;
    const foundIn = sources.filter(({ entries }) => entries.has(writeId)).map(({ source }) => source);
    if (outcome === 'ok') {
      const loss = lossOf(operation, writeId, sources);
      if (loss !== undefined) comparison.lost.push(loss);
    } else if (outcome === 'fail') {
      if (foundIn.length > 0) comparison.dishonest.push({ operation, where: foundIn });
    } else if (foundIn.length > 0) {
      comparison.unknownFound += 1;
    }
  }
  return comparison;
}

interface ReadableSource {
  source: string;
  entries: Map<string, LedgerEntry>;
}

function readableSources({ sources }: LedgerReadBack): ReadableSource[] {
  return sources.flatMap(({ source, found }) =>
    found === null ? [] : [{ source, entries: new Map(found.map((entry) => [entry.writeId, entry])) }],
  );
}

function sourceGaps({ sources }: LedgerReadBack, expected: readonly string[]): string[] {
  return expected.flatMap((name) => {
    const source = sources.find((candidate) => candidate.source === name);
    if (source === undefined) return [`writes were not looked up in ${name}`];
    return source.found === null
      ? [`writes could not be looked up in ${name}: ${source.problem ?? 'no reason given'}`]
      : [];
  });
}

function lossOf(operation: Operation, writeId: string, sources: readonly ReadableSource[]): LostWrite | undefined {
  const names = (matches: (entry: LedgerEntry | undefined) => boolean) =>
    sources.filter(({ entries }) => matches(entries.get(writeId))).map(({ source }) => source);
  const missingIn = names((entry) => entry === undefined);
  const withoutEffectIn = names((entry) => entry?.present === false);
  if (missingIn.length === 0 && withoutEffectIn.length === 0) return undefined;
  return { operation, missingIn, withoutEffectIn, foundIn: names((entry) => entry?.present === true) };
}

/** From the first lost acknowledgement to the fault, or to the last lost one if that came later. */
function lostSpanMs(lost: readonly LostWrite[], faultMs: number | null): number {
  if (lost.length === 0) return 0;
  const acknowledgedMs = lost.map(({ operation }) => operation.endMs ?? operation.startMs);
  const firstMs = acknowledgedMs.reduce((least, atMs) => Math.min(least, atMs), Infinity);
  const lastMs = acknowledgedMs.reduce((most, atMs) => Math.max(most, atMs), faultMs ?? -Infinity);
  return lastMs - firstMs;
}

function lostFinding({ operation, missingIn, withoutEffectIn, foundIn }: LostWrite): Finding {
  const { writeId, f, region, endMs, startMs, traceId, writtenBy, epoch, user } = operation;
  const parts = [
    missingIn.length > 0 && `missing in ${formatList(missingIn)}`,
    withoutEffectIn.length > 0 && `without its effect in ${formatList(withoutEffectIn)}`,
    foundIn.length > 0 && `found in ${formatList(foundIn)}`,
  ];
  const where = parts.filter((part) => part !== false).join(', ');
  return {
    summary: `${writeId} (${f} of ${user} in ${region}), acknowledged by ${writtenBy ?? 'an unknown database'}, is ${where}`,
    atMs: endMs ?? startMs,
    traceId,
    details: { writeId, writtenBy, epoch, missingIn, withoutEffectIn, foundIn },
  };
}

function dishonestFinding({ operation, where }: Comparison['dishonest'][number]): Finding {
  const { writeId, f, region, endMs, startMs, traceId, error, user } = operation;
  return {
    summary: `${writeId} (${f} of ${user} in ${region}) definitely failed with ${error ?? 'an error'}, but is present in ${formatList(where)}`,
    atMs: endMs ?? startMs,
    traceId,
    details: { writeId, where },
  };
}
