import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunningTarget } from '../../../model/running-target.ts';
import { siteTopology, TEST_SITE } from '../../../runtime/testing/test-topology.ts';
import { LoadGenerator, type LoadPlan } from '../../load-generator.ts';
import { SpanReceiver } from '../../span-receiver.ts';
import type { RigLoad } from './fault-rig.ts';

const PLAN: LoadPlan = {
  topology: siteTopology,
  seed: 1,
  load: {
    ...{ ratePerSecond: 40, arrivals: 'constant', regions: { left: 1 }, clients: { web: 0.5, mobile: 0.5 } },
    ...{ usersPerRegion: 100, inFlightMax: 100 },
  },
  experiment: {
    target: {
      clientModule: fileURLToPath(new URL('../../../workload/testing/note-clients.ts', import.meta.url)),
      siteName: TEST_SITE.name,
      clientSubnets: { left: '203.0.113.0/24' },
      entryAddresses: { left: TEST_SITE.address },
    },
  },
};

/** The real load generator with the tests' own clients, on the site topology of the tests. */
export async function startNoteLoad(running: RunningTarget, path: string): Promise<RigLoad> {
  const { signal } = new AbortController();
  const spans = join(path, 'spans.jsonl');
  const receiver = await SpanReceiver.start({ host: '127.0.0.1', spans, forwardTo: undefined, signal });
  const generator = await LoadGenerator.start({
    ...{ plan: PLAN, running, directory: { path, history: join(path, 'history.jsonl') }, signal },
    collector: receiver.address,
    onProgress: () => undefined,
  });
  await generator.openSessions(signal);
  generator.begin();
  return {
    forFault: (id) => generator.forFault(id),
    async end() {
      await generator.end();
      await receiver.end();
    },
  };
}
