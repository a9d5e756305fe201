import { readFile } from 'node:fs/promises';
import { EXIT_USAGE, messageOf, Problem } from '../base/errors.ts';
import { type HistoryEvent, type Operation, pairHistory } from '../model/operation.ts';
import { type LedgerReadBack, RUN_RECORD_VERSION, type RunManifest, type RunRecord } from '../model/run-record.ts';
import type { AlertRecord, MetricSeries, Span, TargetEvent } from '../model/telemetry.ts';
import { readJsonLines } from './json-lines.ts';
import type { RunDirectory } from './run-directory.ts';

/**
 * Reads a run back from its folder. Missing or damaged parts become gaps of the record, never an error, because a
 * verdict must be able to say what it could not see; only an unreadable run.json is an error.
 */
export async function loadRun(directory: RunDirectory): Promise<RunRecord> {
  const manifest = await loadManifest(directory);
  const gaps: string[] = [];
  /** Paths are shown relative to the run: a report is read on other machines. */
  const unreadable = (what: string, thrown: unknown) =>
    `${what} could not be read: ${messageOf(thrown).replaceAll(`${directory.path}/`, '')}`;
  const lines = async <T>(path: string, what: string): Promise<T[]> => {
    try {
      const { items, problems } = await readJsonLines<T>(path);
      if (problems.length > 0) gaps.push(`${what}: ${problems.length} damaged lines, the first is ${problems[0]}`);
      return items;
    } catch (thrown) {
      gaps.push(unreadable(what, thrown));
      return [];
    }
  };
  const whole = async <T>(path: string, what: string, otherwise: T): Promise<T> => {
    try {
      return JSON.parse(await readFile(path, 'utf8')) as T;
    } catch (thrown) {
      gaps.push(unreadable(what, thrown));
      return otherwise;
    }
  };
  const [history, spans, metrics, events, alerts, ledger] = await Promise.all([
    lines<HistoryEvent>(directory.history, 'history of operations'),
    lines<Span>(directory.spans, 'spans'),
    lines<MetricSeries>(directory.metrics, 'metrics'),
    lines<TargetEvent>(directory.events, 'events of the target'),
    whole<AlertRecord[] | null>(directory.alerts, 'alerts', null),
    whole<LedgerReadBack | null>(directory.ledger, 'ledger', null),
  ]);
  return { manifest, operations: pair(history, gaps), spans, metrics, alerts, events, ledger, gaps };
}

function pair(history: HistoryEvent[], gaps: string[]): Operation[] {
  try {
    return pairHistory(history);
  } catch (thrown) {
    gaps.push(`history of operations is not well-formed: ${messageOf(thrown)}`);
    return [];
  }
}

async function loadManifest({ manifest: path }: RunDirectory): Promise<RunManifest> {
  try {
    const manifest = JSON.parse(await readFile(path, 'utf8')) as RunManifest;
    if (manifest.version !== RUN_RECORD_VERSION) {
      throw new Error(`it has version ${manifest.version}, this program reads version ${RUN_RECORD_VERSION}`);
    }
    return manifest;
  } catch (thrown) {
    throw new Problem(`Cannot read ${path}: ${messageOf(thrown)}`, {
      code: 'unreadable-run',
      hint: 'Was the run interrupted before it wrote its manifest, or made by another version?',
      exitCode: EXIT_USAGE,
      cause: thrown,
    });
  }
}
