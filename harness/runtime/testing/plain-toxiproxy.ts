import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startToxiproxyServer } from '../../toxiproxy/server.ts';
import { parseServerUrl } from '../network/foreign-server.ts';
import { startProcesses } from '../process/process-driver.ts';
import { DRIVERS_UNDER_TEST, type DriverUnderTest } from './drivers-under-test.ts';
import { TEST_SOURCES } from './test-topology.ts';

/** What only the embedded server has: any other answers that there is no such page. */
const BEYOND_THE_ORIGINAL = new Set(['/toxics', '/enabled', '/leases', '/events']);

/** The process driver with a Toxiproxy server that does only what every such server does. */
export const PROCESSES_WITH_PLAIN_TOXIPROXY: DriverUnderTest = {
  ...DRIVERS_UNDER_TEST.find(({ name }) => name === 'process')!,
  prepare: async () => async (topology, options) => {
    const toxiproxy = await startPlainToxiproxy();
    const foreignServer = parseServerUrl(toxiproxy.url);
    const target = await startProcesses(topology, { ...options, sources: TEST_SOURCES, foreignServer }).catch(
      async (thrown) => {
        await toxiproxy.close();
        throw thrown;
      },
    );
    const tearDown = target.tearDown.bind(target);
    target.tearDown = async () => {
      await tearDown();
      await toxiproxy.close();
    };
    return target;
  },
};

/** The embedded server behind a front that hides what is beyond the original's API. */
async function startPlainToxiproxy(): Promise<{ url: string; close(): Promise<void> }> {
  const server = await startToxiproxyServer();
  const front = createServer((incoming, outgoing) => {
    const { url = '', method, headers } = incoming;
    if (BEYOND_THE_ORIGINAL.has(url)) return void outgoing.writeHead(404).end();
    const passed = request(server.url + url, { method, headers }, (answer) => {
      answer.pipe(outgoing.writeHead(answer.statusCode!, answer.headers));
    });
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    async close() {
      front.closeAllConnections();
      front.close();
      await server.close();
    },
  };
}
