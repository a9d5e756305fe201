import { type Experiment, standardChecks, zonePartition } from '../harness/index.ts';
import { twoDataCenters } from '../targets/photo-sharing/index.ts';
import { TWO_REGION_LOAD, twoDataCenterObjectives } from './two-data-centers.ts';

/** A datacenter runs on but is cut off from everyone: the harder case, because its old primary is still alive. */
const experiment: Experiment = {
  name: 'dc-partition',
  title:
    'When a datacenter is cut off, the other serves everyone, there is never a second primary, and both agree after the heal',
  description:
    'Cuts every data, control and health connection of one datacenter, watches clients of both regions, and heals it.',
  target: twoDataCenters,
  parameters: {
    zone: { summary: 'the datacenter that is isolated', default: 'us-west', choices: ['us-west', 'us-east'] },
    durability: { summary: 'how writes are replicated', default: 'sync', choices: ['sync', 'async'] },
    shareEast: { summary: 'per cent of client subnets sent to us-east', default: 50, minimum: 0, maximum: 100 },
  },
  seed: 7,
  load: TWO_REGION_LOAD,
  phases: { warmUpMs: 5000, steadyStateMs: 15_000, holdMs: 40_000, recoveryMs: 12_000, drainMs: 2000 },
  objectives: ({ zone }) => twoDataCenterObjectives(String(zone)),
  faults: ({ zone }) => [zonePartition({ zone: String(zone) })],
  isolatedZone: ({ zone }) => String(zone),
  checks: standardChecks(),
};

export default experiment;
