import { type Experiment, standardChecks, zoneOutage } from '../harness/index.ts';
import { stage7 } from '../targets/photo-sharing/index.ts';
import {
  FAILOVER_PHASES,
  TWO_REGION_LOAD,
  twoDataCenterBlastRadius,
  twoDataCenterObjectives,
  twoDataCenterParameters,
} from './two-data-centers.ts';

/** The textbook disaster: a datacenter loses power, by default the one where the primary database lives. */
const experiment: Experiment = {
  name: 'dc-outage',
  title:
    'When a datacenter loses power, the other serves everyone within seconds, and with synchronous replication no acknowledged write is lost',
  description: 'Cuts the power of one datacenter, watches clients of both regions, and brings it back.',
  target: stage7,
  parameters: twoDataCenterParameters({ zone: 'the datacenter that loses power' }),
  seed: 7,
  load: TWO_REGION_LOAD,
  phases: FAILOVER_PHASES,
  objectives: ({ zone, durability }) => twoDataCenterObjectives(String(zone), String(durability)),
  faults: ({ zone }) => [zoneOutage({ zone: String(zone) })],
  blastRadius: twoDataCenterBlastRadius,
  isolatedZone: ({ zone }) => String(zone),
  checks: standardChecks(),
};

export default experiment;
