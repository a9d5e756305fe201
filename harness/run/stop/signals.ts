import { statfs } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import type { PrometheusClient } from '../../telemetry/prometheus.ts';
import type { LostWrites } from './lost-writes.ts';
import type { RecentLoad } from './recent-load.ts';
import type { ReadSignal } from './stop-watch.ts';

const MEBIBYTE = 2 ** 20;

/** Where each signal of a stop condition is read. */
export function signalReader(sources: {
  load: RecentLoad;
  lostWrites: LostWrites;
  prometheus: PrometheusClient;
  /** Where runs are recorded. */
  folder: string;
  clock: Clock;
}): ReadSignal {
  const { load, lostWrites, prometheus, folder, clock } = sources;
  return async (signal) => {
    if (signal.startsWith('alert ')) {
      const name = signal.slice('alert '.length);
      const alerts = await prometheus.alerts();
      return alerts.some(({ labels, state }) => labels.alertname === name && state === 'firing') ? 1 : 0;
    }
    if (signal.startsWith('promql ')) return await prometheus.largest(signal.slice('promql '.length));
    switch (signal) {
      case 'availability':
        return load.availability(clock.now());
      case 'failed-since-injection':
        return load.failedSinceInjection();
      case 'p99':
        return load.p99Ms(clock.now());
      case 'lost-writes':
        return await lostWrites.count();
      case 'generator-lag':
        return load.lagMs(clock.now());
      case 'memory':
        return process.memoryUsage.rss() / MEBIBYTE;
      case 'free-disk': {
        const { bavail, bsize } = await statfs(folder);
        return (bavail * bsize) / MEBIBYTE;
      }
      default:
        throw new Error(`Nobody knows how to read ${signal}`);
    }
  };
}
