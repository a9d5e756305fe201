import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TargetEvent } from '../model/telemetry.ts';
import { readJsonLines } from './json-lines.ts';

/** Fields of a log line that are no details of its event. */
const COMMON_FIELDS = new Set([
  'time',
  'level',
  'msg',
  'node',
  'zone',
  'event',
  'pid',
  'hostname',
  'trace_id',
  'span_id',
  'trace_flags',
]);

/** The lines with an `event` field from the log files of all nodes, in order of time. */
export async function readTargetEvents(logFolder: string): Promise<TargetEvent[]> {
  const files = (await readdir(logFolder)).filter((name) => name.endsWith('.log'));
  const perFile = await Promise.all(
    files.map(async (name) => (await readJsonLines<Record<string, unknown>>(join(logFolder, name))).items),
  );
  return perFile
    .flat()
    .flatMap((line) => targetEventOf(line) ?? [])
    .sort((a, b) => a.atMs - b.atMs);
}

/** Programs that are not ours log in other forms: those lines are no events. */
function targetEventOf(line: unknown): TargetEvent | undefined {
  if (typeof line !== 'object' || line === null) return undefined;
  const { time, node, zone, event } = line as Record<string, unknown>;
  if (typeof event !== 'string' || typeof time !== 'number' || typeof node !== 'string') return undefined;
  const details = Object.fromEntries(Object.entries(line).filter(([key]) => !COMMON_FIELDS.has(key)));
  return { atMs: time, node, zone: String(zone ?? ''), event, details };
}
