import { type Experiment, standardChecks, zoneOutage } from '../harness/index.ts';
import { twoDataCenters } from '../targets/photo-sharing/index.ts';
import { TWO_REGION_LOAD, twoDataCenterObjectives } from './two-data-centers.ts';

/** The textbook disaster: a datacenter loses power, by default the one where the primary database lives. */
const experiment: Experiment = {
  name: 'dc-outage',
  title: 'When a datacenter loses power, the other serves everyone within seconds and no acknowledged write is lost',
  description: 'Cuts the power of one datacenter, watches clients of both regions, and brings it back.',
  target: twoDataCenters,
  parameters: {
    zone: { summary: 'the datacenter that loses power', default: 'us-west', choices: ['us-west', 'us-east'] },
    durability: { summary: 'how writes are replicated', default: 'sync', choices: ['sync', 'async'] },
    shareEast: { summary: 'per cent of client subnets sent to us-east', default: 50, minimum: 0, maximum: 100 },
  },
  seed: 7,
  load: TWO_REGION_LOAD,
  phases: { warmUpMs: 5000, steadyStateMs: 15_000, holdMs: 40_000, recoveryMs: 12_000, drainMs: 2000 },
  objectives: ({ zone }) => twoDataCenterObjectives(String(zone)),
  faults: ({ zone }) => [zoneOutage({ zone: String(zone) })],
  isolatedZone: ({ zone }) => String(zone),
  checks: standardChecks(),
};

export default experiment;
