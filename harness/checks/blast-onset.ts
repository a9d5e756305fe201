import { formatDuration, formatList } from '../model/analysis/format.ts';
import type { Check } from '../model/experiment.ts';
import type { FaultAction, FaultRecord } from '../model/fault.ts';
import { defineCheck } from './conclusion.ts';

/** Power fails everywhere at once; a zone that dies more slowly than this is another fault. */
const SPREAD_MS_MAX = 100;
const SUDDEN_KINDS = ['zone-outage', 'host-outage'];

/**
 * The fault struck all at once: within 100 ms where it stands for a loss of power, with every edge cut before the first
 * process was killed, so that no dying process could say goodbye. Other kinds are only measured.
 */
export function blastOnset(): Check {
  return defineCheck({ name: 'blast-onset', title: 'The fault struck at once', question: 'real' }, ({ manifest }) => {
    const spreads = manifest.faults.map((fault) => ({ fault, spreadMs: spreadOf(fault.actions) }));
    const observed = formatList(
      spreads.map(
        ({ fault, spreadMs }) => `${fault.title} took ${formatDuration(spreadMs)} from its first to its last action`,
      ),
    );
    return {
      expected: `a loss of power takes at most ${SPREAD_MS_MAX} ms from its first to its last action, edges before processes`,
      observed: observed || 'no fault is recorded',
      violated: false,
      gaps:
        spreads.length === 0
          ? ['no fault is recorded']
          : spreads.flatMap(({ fault, spreadMs }) => gapsOf(fault, spreadMs)),
      sentences: { passed: `${observed}.`, inconclusive: 'The fault did not strike as it should' },
      measurements: spreads.map(({ fault, spreadMs }) => ({
        name: 'onset-spread',
        value: spreadMs,
        unit: 'ms',
        ...(SUDDEN_KINDS.includes(fault.kind) ? { objective: SPREAD_MS_MAX } : {}),
        labels: { fault: fault.title },
      })),
    };
  });
}

function spreadOf(actions: readonly FaultAction[]): number | null {
  const times = actions.map(({ atMs }) => atMs);
  return times.length === 0 ? null : Math.max(...times) - Math.min(...times);
}

function gapsOf({ kind, title, actions }: FaultRecord, spreadMs: number | null): string[] {
  if (spreadMs === null) return [`${title}: no action of it is recorded`];
  if (!SUDDEN_KINDS.includes(kind)) return [];
  const times = (what: FaultAction['what']) => actions.filter((action) => action.what === what).map(({ atMs }) => atMs);
  const lastCutMs = Math.max(...times('cut'));
  const firstKillMs = Math.min(...times('killed'));
  return [
    ...(spreadMs > SPREAD_MS_MAX
      ? [`${title} took ${formatDuration(spreadMs)}, a loss of power may take ${SPREAD_MS_MAX} ms`]
      : []),
    ...(firstKillMs < lastCutMs ? [`${title}: a process was killed before every edge had been cut`] : []),
  ];
}
