import type { FaultKind } from './define.ts';
import { latency } from './network/latency.ts';
import { partition } from './network/partition.ts';
import { hostOutage } from './node/host-outage.ts';
import { kill } from './node/kill.ts';
import { zoneOutage } from './node/zone-outage.ts';

export { hostOutage, kill, latency, partition, zoneOutage };

/** Every kind of fault, in the order of `npm run faults`. */
export const FAULT_KINDS: readonly FaultKind[] = [latency, partition, kill, hostOutage, zoneOutage];
