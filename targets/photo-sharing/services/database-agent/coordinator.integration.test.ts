import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { freePort } from '../testing/free-ports.ts';
import { eventually } from '../testing/poll.ts';
import { Program, removeFolder, temporaryFolder } from '../testing/programs.ts';
import { Coordinator } from './coordinator.ts';

const REQUEST_MS = 1000;

/** Starts a coordinator, has one agent make the bucket while three others read it, and tells what those saw. */
async function makeBucketBeforeReaders(): Promise<Set<unknown>> {
  const folder = temporaryFolder('coordinator');
  const address = { host: '127.0.0.1', port: await freePort() };
  const configuration = join(folder, 'nats.conf');
  writeFileSync(configuration, `listen: "127.0.0.1:${address.port}"\njetstream { store_dir: "${folder}/store" }\n`);
  const server = new Program('nats-server', ['--config', configuration]);
  const agents = Array.from({ length: 4 }, () => new Coordinator(address, REQUEST_MS));
  const connections = agents.map((agent, number) => agent.keepConnected(`agent-${number}`));
  const seen = new Set<unknown>();
  let over = false;
  try {
    await eventually('all to be connected', async () => agents.every(({ connected }) => connected) || undefined);
    const [maker, ...readers] = agents;
    const reading = readers.map(async (reader) => {
      while (!over) seen.add(await reader.read());
    });
    await maker!.createBucket(1);
    assert.equal(await maker!.read(), 'none');
    over = true;
    await Promise.all(reading);
  } finally {
    over = true;
    await Promise.all(agents.map((agent) => agent.close()));
    await Promise.all(connections);
    await server.stop('SIGKILL');
    removeFolder(folder);
  }
  return seen;
}

describe('A coordinator', function () {
  this.timeout(60_000);

  // A reader that does not look first whether it is made ends NATS 2.9 in about every second start.
  for (let start = 1; start <= 5; start += 1) {
    it(`survives that its bucket is read while it is made, start ${start}`, async () => {
      assert.deepEqual(await makeBucketBeforeReaders(), new Set(['none']));
    });
  }
});
