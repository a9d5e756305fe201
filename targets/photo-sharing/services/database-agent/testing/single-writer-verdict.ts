import { singleWriter } from '../../../../../harness/checks/single-writer.ts';
import { buildRecord } from '../../../../../harness/model/analysis/test-builders/record-builder.ts';
import type { CheckVerdict } from '../../../../../harness/model/verdict.ts';
import { readTargetEvents } from '../../../../../harness/record/target-events.ts';
import type { TestCluster } from './cluster.ts';

/** What the check says of the agents' own events: of a run in which the harness killed nothing and asked nobody. */
export async function singleWriterVerdict(cluster: TestCluster): Promise<CheckVerdict> {
  const record = buildRecord();
  record.events = await readTargetEvents(cluster.logs);
  record.manifest.roles = [];
  for (const fault of record.manifest.faults) fault.actions = [];
  return singleWriter().run(record);
}
