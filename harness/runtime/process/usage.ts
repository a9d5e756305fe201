import { readFileSync } from 'node:fs';
import type { ResourceUsage } from '../../model/running-target.ts';
import { type ProcessEntry, TICKS_PER_SECOND } from '../process-table.ts';
import { type Totals, UsageTotals } from '../usage-totals.ts';

/** See proc_pid_stat(5): user and system time, own and of children that were waited for; fields after the name. */
const CPU_FIELDS = [11, 12, 13, 14];
const KIBIBYTE = 1024;

/**
 * What the processes of a node have used since the node was first started. The kernel adds the CPU and I/O of a child
 * to its parent when it ends; what is lost all the same, with a node that was killed, is kept here.
 */
export class UsageMeter {
  readonly #totals = new UsageTotals();

  /** Memory is what is in use now, shared pages counted once. Null is what the platform does not tell. */
  read(processes: readonly ProcessEntry[]): ResourceUsage {
    if (process.platform !== 'linux') {
      return { cpuSeconds: null, memoryBytes: null, readBytes: null, writtenBytes: null };
    }
    this.note(processes);
    return { ...this.#totals.value, memoryBytes: sum(processes.map(({ pid }) => memoryBytesOf(pid))) };
  }

  /** Remembers the totals up to now: to be called right before the processes are killed. */
  note(processes: readonly ProcessEntry[]): void {
    this.#totals.note(totalsOf(processes));
  }

  /** To be called when the node is started again. */
  restart(): void {
    this.#totals.restart();
  }
}

function totalsOf(processes: readonly ProcessEntry[]): Totals {
  const io = processes.map(({ pid }) => textOf(`/proc/${pid}/io`));
  return {
    cpuSeconds: sum(processes.map(({ pid }) => cpuSecondsOf(pid))),
    readBytes: sum(io.map((text) => numberAfter('\nread_bytes:', text))),
    writtenBytes: sum(io.map((text) => numberAfter('\nwrite_bytes:', text))),
  };
}

/** The most memory that one process ever had resident, or null when the platform does not tell. */
export function peakMemoryBytesOf(pid: number): number | null {
  return process.platform === 'linux' ? kibibytesAfter('VmHWM:', textOf(`/proc/${pid}/status`)) : null;
}

function cpuSecondsOf(pid: number): number {
  const text = textOf(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return sum(CPU_FIELDS.map((index) => Number(fields[index] ?? 0))) / TICKS_PER_SECOND;
}

/** Proportional set size: a page shared by n processes counts 1/n in each. */
function memoryBytesOf(pid: number): number {
  return kibibytesAfter('Pss:', textOf(`/proc/${pid}/smaps_rollup`));
}

function kibibytesAfter(label: string, text: string): number {
  return numberAfter(label, text) * KIBIBYTE;
}

function numberAfter(label: string, text: string): number {
  const start = text.indexOf(label);
  return start < 0 ? 0 : Number.parseInt(text.slice(start + label.length), 10);
}

/** Empty when the process has just ended, or belongs to somebody else. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
