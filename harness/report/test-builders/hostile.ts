import type { RunRecord } from '../../model/run-record.ts';
import type { Judgement } from '../view/conclusions.ts';

/** Ends every context that text can stand in: elements, attributes, scripts, comments, CDATA and terminals. */
export const HOSTILE = `"'></script></style>--!>]]><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>\u001b[31m\u0000\\N|\``;

/** Values that programs compare, and that no target can choose. */
const KEPT = new Set([
  ...['outcome', 'class', 'client', 'kind', 'driver', 'version', 'phase', 'verdict', 'status', 'question', 'unit'],
  ...['plane', 'tier', 'what', 'arrivals', 'check', 'traceId', 'spanId', 'parentSpanId', 'writeId'],
]);

/** The record and its judgement with every other text followed by hostile text. */
export function poisoned(record: RunRecord, judgement: Judgement): [RunRecord, Judgement] {
  return [poison(record) as RunRecord, poison(judgement) as Judgement];
}

function poison(value: unknown): unknown {
  if (typeof value === 'string') return value + HOSTILE;
  if (Array.isArray(value)) return value.map(poison);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      KEPT.has(name) && typeof inner === 'string' ? inner : poison(inner),
    ]),
  );
}
