import { formatCount, formatDuration, formatNumberOf } from '../model/analysis/format.ts';
import type { Operation } from '../model/operation.ts';
import type { RunRecord } from '../model/run-record.ts';
import { type Conclusion, type ConditionalCheck, defineCheck } from './conclusion.ts';

/**
 * Nobody is shown what was overwritten longer ago than promised. Seen from the values that clients wrote and read: each
 * written value is unique, and only its owner writes a key, one value after the other.
 */
export function staleness(): ConditionalCheck {
  const check = defineCheck({ name: 'staleness', title: 'Nothing outdated shown', question: 'right' }, conclude);
  return { ...check, applies: ({ manifest }) => manifest.objectives.stalenessMs !== undefined };
}

interface ReadOfRegister {
  read: Operation;
  /** How long the value had been overwritten when the read began; 0 for the latest one. */
  staleMs: number;
  overwrittenBy: Operation | undefined;
}

function conclude({ manifest, operations }: RunRecord): Conclusion {
  const objectiveMs = manifest.objectives.stalenessMs!;
  const reads = readsOfRegisters(operations);
  const tooOld = reads.filter(({ staleMs }) => staleMs > objectiveMs);
  const stalestMs = reads.reduce((most, { staleMs }) => Math.max(most, staleMs), 0);
  const limit = `at most ${formatDuration(objectiveMs)}`;
  const compared = `${formatNumberOf(reads.length, 'read')} of what had been written more than once`;
  const stalest = stalestMs === 0 ? 'none showed an old value' : `the stalest was ${formatDuration(stalestMs)} old`;
  return {
    expected: `no read shows a value that had been overwritten ${limit} before`,
    observed: `of ${compared} ${formatCount(tooOld.length)} showed a value older than that; ${stalest}`,
    violated: tooOld.length > 0,
    gaps: reads.length === 0 ? ['nothing was read that had been written more than once'] : [],
    sentences: {
      passed: `Nobody was shown anything outdated (${limit}): of ${compared} ${stalest}.`,
      deviated: `${formatNumberOf(tooOld.length, 'read')} showed what had been overwritten long before (${limit}): ${stalest}.`,
      inconclusive: 'It is not known whether anything outdated was shown',
    },
    measurements: [
      { name: 'stalest-read', value: reads.length === 0 ? null : stalestMs, unit: 'ms', objective: objectiveMs },
      { name: 'reads-compared', value: reads.length, unit: 'count' },
    ],
    findings: tooOld.map(({ read, staleMs, overwrittenBy }) => ({
      summary: `${read.user} in ${read.region} was shown ${read.key} by ${read.servedBy ?? 'an unknown server'} as it was ${formatDuration(staleMs)} before, although ${overwrittenBy?.user ?? 'its owner'} had changed it`,
      atMs: read.startMs,
      traceId: read.traceId,
    })),
    advice:
      'What a write changes must leave every cache before the write is acknowledged, and a load that began before it must not bring it back.',
  };
}

/** Every read of a key that was written more than once, whose value one of the acknowledged writes had written. */
function readsOfRegisters(operations: readonly Operation[]): ReadOfRegister[] {
  const acknowledged = operations.filter(({ class: kind, outcome, value }) => {
    return kind === 'write' && outcome === 'ok' && value !== undefined;
  });
  const histories = Map.groupBy(acknowledged, ({ key }) => key);
  return operations.flatMap((read) => {
    const { class: kind, outcome, key, value, startMs } = read;
    const history = kind === 'read' && outcome === 'ok' && key !== undefined ? (histories.get(key) ?? []) : [];
    const written = history.findIndex((write) => write.value === value);
    if (history.length < 2 || written < 0) return [];
    const overwrittenBy = history[written + 1];
    const overwrittenMs = overwrittenBy?.endMs ?? Infinity;
    return [{ read, staleMs: Math.max(0, startMs - overwrittenMs), overwrittenBy }];
  });
}
