import { formatCount, formatList, formatNumberOf } from '../model/analysis/format.ts';
import type { LedgerReadBack, RunRecord, TableComparison } from '../model/run-record.ts';
import { type Conclusion, type ConditionalCheck, defineCheck } from './conclusion.ts';

/** All copies of the database hold the same rows once everything is back. A target with one database has no copies. */
export function convergence(): ConditionalCheck {
  const identity = { name: 'convergence', title: 'Copies of the database agree', question: 'right' } as const;
  const check = defineCheck(identity, ({ ledger }) => conclude(ledger));
  const databases = ({ manifest }: RunRecord) => manifest.topology.nodes.filter(({ tier }) => tier === 'database');
  return { ...check, applies: (record) => databases(record).length > 1 };
}

function conclude(ledger: LedgerReadBack | null): Conclusion {
  const tables = ledger?.convergence.tables ?? [];
  const differing = tables.filter(differs);
  const rows = tables.reduce((sum, { copies }) => sum + (Object.values(copies)[0]?.rows ?? 0), 0);
  const copies = [...new Set(tables.flatMap((table) => Object.keys(table.copies)))];
  const observed =
    differing.length === 0
      ? `${formatNumberOf(tables.length, 'table')} with ${formatNumberOf(rows, 'row')} are the same in ${formatList(copies)}`
      : `${formatList(differing.map(({ table }) => table))} differ between ${formatList(copies)}`;
  return {
    expected: 'after everything is back, each table has the same rows in every copy',
    observed,
    violated: differing.length > 0,
    gaps: gapsOf(ledger, rows),
    sentences: {
      passed: `The copies of the database agree: ${observed}.`,
      deviated: `The copies of the database do not agree: ${observed}.`,
      inconclusive: 'It is not known whether the copies of the database agree',
    },
    measurements: [
      { name: 'tables-compared', value: tables.length, unit: 'count' },
      { name: 'tables-differing', value: differing.length, unit: 'count', objective: 0 },
      { name: 'rows', value: rows, unit: 'count' },
    ],
    findings: differing.map((table) => ({ summary: differenceIn(table), details: { ...table } })),
    advice:
      'Two copies that differ after the heal mean that one of them kept rows of its own: check how the returned database rejoined, and whether it had taken writes while it was cut off.',
  };
}

function gapsOf(ledger: LedgerReadBack | null, rows: number): string[] {
  if (ledger === null) return ['the copies were not read'];
  const { compared, tables, problem } = ledger.convergence;
  if (!compared) return [`the copies could not be compared: ${problem ?? 'no reason given'}`];
  const alone = tables.filter(({ copies }) => Object.keys(copies).length < 2).map(({ table }) => table);
  return [
    ...(tables.length === 0 ? ['no table was compared'] : []),
    ...(alone.length > 0 ? [`only one copy of ${formatList(alone)} was read`] : []),
    ...(tables.length > 0 && rows === 0 ? ['all tables are empty'] : []),
  ];
}

function differs({ copies }: TableComparison): boolean {
  const [first, ...others] = Object.values(copies);
  return others.some(({ rows, digest }) => rows !== first?.rows || digest !== first.digest);
}

function differenceIn({ table, copies }: TableComparison): string {
  const perCopy = Object.entries(copies).map(
    ([node, { rows, digest }]) => `${formatCount(rows)} rows, digest ${digest.slice(0, 8)} in ${node}`,
  );
  return `${table}: ${formatList(perCopy)}`;
}
