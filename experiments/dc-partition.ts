import { type Experiment, partition, standardChecks } from '../harness/index.ts';
import { stage7 } from '../targets/photo-sharing/index.ts';
import {
  FAILOVER_PHASES,
  TWO_REGION_LOAD,
  twoDataCenterBlastRadius,
  twoDataCenterObjectives,
  twoDataCenterParameters,
} from './two-data-centers.ts';

/** A datacenter runs on but is cut off from everyone: the harder case, because its old primary is still alive. */
const experiment: Experiment = {
  name: 'dc-partition',
  title:
    'When a datacenter is cut off, the other serves everyone, there is never a second primary, and both agree after the heal',
  description:
    'Cuts every data, control and health connection of one datacenter, watches clients of both regions, and heals it.',
  target: stage7,
  parameters: twoDataCenterParameters({ zone: 'the datacenter that is isolated' }),
  seed: 7,
  load: TWO_REGION_LOAD,
  phases: FAILOVER_PHASES,
  objectives: ({ zone, durability }) => twoDataCenterObjectives(String(zone), String(durability)),
  faults: ({ zone }) => [partition({ from: [String(zone)] })],
  blastRadius: twoDataCenterBlastRadius,
  isolatedZone: ({ zone }) => String(zone),
  checks: standardChecks(),
};

export default experiment;
