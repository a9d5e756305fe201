/** Numbers as people read them: one place for check sentences, report and terminal. */

import type { Measurement } from '../verdict.ts';

/** `840 ms`, `6.2 s`, `2 min 5 s`; a dash when there is no value. */
export function formatDuration(durationMs: number | null): string {
  if (durationMs === null) return '–';
  const size = Math.abs(durationMs);
  if (size < 9.95) return `${trimmed(durationMs, size < 1 ? 2 : 1)} ms`;
  if (size < 999.5) return `${Math.round(durationMs)} ms`;
  if (size < 119_950) return `${trimmed(durationMs / 1000, 1)} s`;
  const seconds = Math.round(durationMs / 1000);
  const rest = seconds % 60;
  return `${Math.trunc(seconds / 60)} min${rest === 0 ? '' : ` ${Math.abs(rest)} s`}`;
}

/** A share of 0..1 as per cent, never rounded up: 0.99999 is `99.99 %`, only 1 is `100 %`. */
export function formatShare(share: number | null): string {
  return share === null ? '–' : formatPercent(share * 100);
}

/** `99.5 %`; cut, not rounded, after two decimals, so that what misses an objective never reads as if it met it. */
export function formatPercent(percent: number | null): string {
  if (percent === null) return '–';
  // 0.29 * 100 is 28.999999999999996: the tenth decimal is noise, the third is not.
  const cut = Math.floor(Number((percent * 100).toFixed(8))) / 100;
  if (cut === 0 && percent > 0) return 'under 0.01 %';
  return `${cut} %`;
}

/** `12,345` */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

/** `1 write`, `2 writes`, `2 copies` with an irregular plural. */
export function formatNumberOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** `a`, `a and b`, `a, b and c` */
export function formatList(items: readonly string[], conjunction: 'and' | 'or' = 'and'): string {
  if (items.length <= 1) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} ${conjunction} ${items.at(-1)}`;
}

/** `2.1 MB`, in powers of 1000. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${trimmed(value, value < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}

/** A measured value, or its objective, with its unit. */
export function formatValue(value: number | null, unit: Measurement['unit']): string {
  if (value === null) return '–';
  switch (unit) {
    case 'ms':
      return formatDuration(value);
    case 's':
      return formatDuration(value * 1000);
    case '%':
      return formatPercent(value);
    case 'bytes':
      return formatBytes(value);
    case 'per-second':
      return `${formatCount(value)}/s`;
    case 'minutes':
      return `${trimmed(value, 2)} min`;
    case 'count':
      return formatCount(value);
  }
}

/** Without zeros at the end: `6.2`, `20`. */
function trimmed(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}
