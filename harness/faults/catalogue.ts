import type { FaultKind } from './define.ts';
import { bandwidth } from './network/bandwidth.ts';
import { blackhole } from './network/blackhole.ts';
import { flapping } from './network/flapping.ts';
import { latency } from './network/latency.ts';
import { limitData } from './network/limit-data.ts';
import { packetLoss } from './network/packet-loss.ts';
import { partition } from './network/partition.ts';
import { refuse } from './network/refuse.ts';
import { reset } from './network/reset.ts';
import { slicer } from './network/slicer.ts';
import { slowClose } from './network/slow-close.ts';
import { crashLoop } from './node/crash-loop.ts';
import { hostOutage } from './node/host-outage.ts';
import { kill } from './node/kill.ts';
import { pause } from './node/pause.ts';
import { restart } from './node/restart.ts';
import { start } from './node/start.ts';
import { stop } from './node/stop.ts';
import { zoneOutage } from './node/zone-outage.ts';
import { clockSkew } from './resource/clock-skew.ts';
import { cpuHog } from './resource/cpu-hog.ts';
import { diskFull } from './resource/disk-full.ts';
import { memoryLimit } from './resource/memory-limit.ts';
import { cacheFlush } from './state/cache-flush.ts';
import { replicaLag } from './state/replica-lag.ts';
import { celebrity } from './traffic/celebrity.ts';
import { surge } from './traffic/surge.ts';

export {
  bandwidth,
  blackhole,
  cacheFlush,
  celebrity,
  clockSkew,
  cpuHog,
  crashLoop,
  diskFull,
  flapping,
  hostOutage,
  kill,
  latency,
  limitData,
  memoryLimit,
  packetLoss,
  partition,
  pause,
  refuse,
  replicaLag,
  reset,
  restart,
  slicer,
  slowClose,
  start,
  stop,
  surge,
  zoneOutage,
};

/**
 * Every kind of fault, in the order of `npm run faults`. What is said with one of them and a selector has no second name:
 * a cache outage is `kill({ nodes: tier('cache') })`.
 */
export const FAULT_KINDS: readonly FaultKind[] = [
  ...[latency, bandwidth, packetLoss, slicer, limitData, slowClose, reset, refuse, blackhole, flapping, partition],
  ...[kill, stop, pause, restart, crashLoop, start, hostOutage, zoneOutage],
  ...[cacheFlush, replicaLag],
  ...[memoryLimit, cpuHog, diskFull, clockSkew],
  ...[surge, celebrity],
];
