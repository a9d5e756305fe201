import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { Toxiproxy } from 'toxiproxy-node-client';
import { pollUntil } from '../../base/poll.ts';
import { CUT } from '../../model/running-target.ts';
import { type Address, formatAddress } from '../../model/topology.ts';
import { killGroups } from '../process/killing.ts';
import { LoggedProcess } from '../process/logged-process.ts';
import { claimPorts, LOOPBACK, type PortClaim } from '../process/ports.ts';
import { startToxiproxy } from '../process/toxiproxy-process.ts';
import type { WiredEdge } from '../wiring.ts';
import { ToxiproxyExtensions } from './extensions.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { ToxiproxyNetwork } from './network.ts';

const EDGES = ['near->far:one', 'near->far:two', 'near->far:slow'];
const LINK_LATENCY_MS = 40;
const ANSWER_MS = 10_000;
/** How long a connection is watched that must stay silent. */
const SILENCE_MS = 300;

describe('The network of a target', function () {
  this.timeout(20_000);
  let folder: string;
  let claim: PortClaim;
  let server: LoggedProcess;
  let ownerLease: LeaseKeeper;
  let address: Address;
  let upstream: Server;
  let edges: WiredEdge[];
  let network: ToxiproxyNetwork;
  const serverSockets = new Set<Socket>();
  const clients = new Set<Socket>();

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'faultline-network-'));
    claim = await claimPorts(EDGES.length + 2);
    const [api = 0, far = 0, ...ports] = claim.ports;
    address = { host: LOOPBACK, port: api };
    edges = EDGES.map((name, index) => ({
      name,
      listen: { host: LOOPBACK, port: ports[index]! },
      upstream: { host: LOOPBACK, port: far },
      datagrams: false,
      latencyMs: name.endsWith('slow') ? LINK_LATENCY_MS : 0,
    }));
    upstream = createServer((socket) => {
      serverSockets.add(socket.on('error', () => undefined));
      socket.pipe(socket);
    }).listen(far, LOOPBACK);
    const logFile = join(folder, 'toxiproxy.log');
    server = new LoggedProcess({
      name: 'toxiproxy',
      directory: join(folder, 'work'),
      logFile,
      record: () => undefined,
    });
    await startToxiproxy(server, { address, seed: 1 });
    ownerLease = new LeaseKeeper((await ToxiproxyExtensions.find(address))!);
  });
  afterEach(async () => {
    network?.close();
    for (const socket of [...clients, ...serverSockets]) socket.destroy();
    clients.clear();
    serverSockets.clear();
    const proxies = await new Toxiproxy(`http://${formatAddress(address)}`).getAll();
    await Promise.all(Object.values(proxies).map((proxy) => proxy.remove()));
  });
  after(async () => {
    ownerLease?.stop();
    if (server !== undefined) await killGroups([server.group]);
    upstream?.close();
    await claim?.release();
    rmSync(folder, { recursive: true });
  });

  const dial = (edge: string): Socket => {
    const socket = connect(edges.find(({ name }) => name === edge)!.listen);
    clients.add(socket.on('error', () => undefined));
    return socket;
  };
  /** Sends a line and waits for its echo. */
  const echo = async (socket: Socket): Promise<void> => {
    socket.write('hello\n');
    await once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_MS) });
  };
  const isSilent = async (socket: Socket): Promise<boolean> => {
    const signal = AbortSignal.timeout(SILENCE_MS);
    const heard = ['data', 'end', 'close'].map((event) => once(socket, event, { signal }));
    return await Promise.any(heard).then(
      () => false,
      () => true,
    );
  };
  const isClosed = async (socket: Socket): Promise<void> => {
    await pollUntil(() => (socket.closed ? { done: true, value: true } : { done: false, seen: 'it is open' }), {
      subject: 'the connection to be closed',
      timeoutMs: ANSWER_MS,
    });
  };

  const isRefused = async (edge: string): Promise<void> => {
    await assert.rejects(once(dial(edge), 'connect', { signal: AbortSignal.timeout(ANSWER_MS) }), {
      code: 'ECONNREFUSED',
    });
  };
  const slowed = (latency: number) =>
    ({ type: 'latency', stream: 'downstream', attributes: { latency, jitter: 0 } }) as const;
  /** As the server lists them, each with its first attribute. */
  const toxicsOf = async (edge: string): Promise<string[]> => {
    const answer = await fetch(`http://${formatAddress(address)}/proxies/${encodeURIComponent(edge)}/toxics`);
    const toxics = (await answer.json()) as { name: string; attributes: Record<string, number> }[];
    return toxics.map(({ name, attributes }) => `${name} ${Object.values(attributes)[0]}`);
  };

  for (const kind of ['the embedded server', 'a server without its extensions'] as const) {
    describe(`on ${kind}`, () => {
      const extended = kind === 'the embedded server';
      beforeEach(async () => {
        const extensions = extended ? await ToxiproxyExtensions.find(address) : null;
        network = await ToxiproxyNetwork.create(address, edges, { extensions });
      });

      it('says what it can do', () => {
        assert.deepEqual(network.capabilities, { bulkCut: extended, leases: extended, datagrams: extended });
      });

      it('lets the proxies testify what was done to an edge, where they tell', async () => {
        const fromMs = Date.now();
        const always = { fromMs, untilMs: Number.POSITIVE_INFINITY };
        await echo(dial(EDGES[0]!));
        await network.forFault('test').impair([EDGES[0]!], CUT);
        await network.forFault('test').heal([EDGES[0]!]);
        if (!extended) return assert.equal(network.testimony([EDGES[0]!], always), null);
        const told = () => network.testimony([EDGES[0]!], always)!;
        await pollUntil(
          () =>
            told().connectionsClosed > 0 ? { done: true, value: true } : { done: false, seen: JSON.stringify(told()) },
          { subject: 'the last event to be told', timeoutMs: ANSWER_MS },
        );
        const connections = { connectionsOpened: 1, connectionsRefused: 0, connectionsClosed: 1 };
        assert.deepEqual(told(), { toxicsApplied: 2, toxicsRemoved: 2, leasesEnded: 0, ...connections });
        assert.equal(network.testimony([EDGES[1]!], always)?.toxicsApplied, 0);
        assert.equal(network.testimony([EDGES[0]!], { fromMs: 0, untilMs: fromMs - 1 })?.connectionsOpened, 0);
      });

      it('cuts only the edges that were named, for old connections and new ones', async () => {
        const [old, other] = [dial(EDGES[0]!), dial(EDGES[1]!)];
        await echo(old);
        await network.forFault('test').impair([EDGES[0]!], CUT);
        old.write('hello\n');
        const fresh = dial(EDGES[0]!);
        fresh.write('hello\n');
        assert.deepEqual(await Promise.all([isSilent(old), isSilent(fresh)]), [true, true]);
        await echo(other);
      });

      it('closes the cut connections when the edge is restored, and carries new ones', async () => {
        const old = dial(EDGES[0]!);
        await echo(old);
        await network.forFault('test').impair([EDGES[0]!], CUT);
        await network.forFault('test').heal([EDGES[0]!]);
        await isClosed(old);
        await echo(dial(EDGES[0]!));
        assert.deepEqual(network.forFault('test').lapsed, []);
      });

      it('withholds the closes of both ends while an edge is cut', async () => {
        const client = dial(EDGES[0]!);
        await echo(client);
        const [far] = serverSockets;
        await network.forFault('test').impair([EDGES[0]!], CUT);
        far!.end();
        assert.equal(await isSilent(client), true);
        client.end();
        assert.equal(await isSilent(far!), true);
        await network.forFault('test').heal([EDGES[0]!]);
        await Promise.all([isClosed(client), isClosed(far!)]);
      });

      it('cuts and restores again and again', async () => {
        for (let round = 0; round < 3; round += 1) {
          await network.forFault('test').impair(EDGES, CUT);
          await network.forFault('test').impair(EDGES, CUT);
          const restored = [
            ...(await network.forFault('test').heal(EDGES)),
            ...(await network.forFault('test').heal(EDGES)),
          ];
          assert.deepEqual(
            restored.map(({ edge }) => edge),
            [...EDGES, ...EDGES],
          );
          await echo(dial(EDGES[0]!));
        }
      });

      it('refuses an edge while any fault does, and carries it again after the last', async () => {
        const [one, other] = [network.forFault('one'), network.forFault('other')];
        const old = dial(EDGES[0]!);
        await echo(old);
        await Promise.all([one.refuse([EDGES[0]!]), other.refuse([EDGES[0]!])]);
        await isClosed(old);
        await isRefused(EDGES[0]!);
        await one.heal([EDGES[0]!]);
        await isRefused(EDGES[0]!);
        await echo(dial(EDGES[1]!));
        await other.heal([EDGES[0]!]);
        await echo(dial(EDGES[0]!));
        assert.deepEqual([one.lapsed, other.lapsed], [[], []]);
      });

      it('says that the server did not take a toxic, and heals what is there of it', async () => {
        const fault = network.forFault('test');
        const unknown = { type: 'hail' as 'latency', stream: 'upstream' } as const;
        await assert.rejects(fault.impair([EDGES[0]!], [slowed(100), unknown]), {
          code: extended ? 'toxiproxy-refused' : 'toxic-refused',
        });
        await fault.heal([EDGES[0]!]);
        assert.deepEqual(await toxicsOf(EDGES[0]!), []);
      });

      it('leaves what another fault did to the same edge', async () => {
        const [one, other] = [network.forFault('one'), network.forFault('other')];
        await one.impair([EDGES[0]!], [slowed(100)]);
        await other.impair([EDGES[0]!], [slowed(200), { type: 'slow_close', stream: 'downstream' }]);
        assert.deepEqual(await toxicsOf(EDGES[0]!), [
          'one_latency_downstream 100',
          'other_latency_downstream 200',
          'other_slow_close_downstream 0',
        ]);
        await one.heal([EDGES[0]!]);
        await one.heal([EDGES[0]!]);
        assert.deepEqual(await toxicsOf(EDGES[0]!), ['other_latency_downstream 200', 'other_slow_close_downstream 0']);
        await other.impair([EDGES[0]!], [slowed(300)]);
        assert.ok((await toxicsOf(EDGES[0]!)).includes('other_latency_downstream 300'));
        await other.heal([EDGES[0]!]);
        assert.deepEqual(await toxicsOf(EDGES[0]!), []);
      });

      it("keeps a link's own latency in both directions", async () => {
        const socket = dial('near->far:slow');
        await once(socket, 'connect');
        const start = performance.now();
        await echo(socket);
        const roundTripMs = performance.now() - start;
        assert.ok(roundTripMs >= 2 * LINK_LATENCY_MS - 2, `${roundTripMs}`);
        await network.forFault('test').impair(['near->far:slow'], CUT);
        await network.forFault('test').heal(['near->far:slow']);
        await echo(dial('near->far:slow'));
      });
    });
  }

  describe('with leases', () => {
    /** Long enough that a busy machine does not miss a renewal. */
    const LEASE = { leaseMs: 1200, intervalMs: 50 };
    const cutFor = async (extensions: ToxiproxyExtensions) =>
      extensions.apply([
        { proxy: EDGES[0]!, name: 'cut_downstream', type: 'blackhole', stream: 'downstream', lease: LEASE.leaseMs },
      ]);

    it('stays cut as long as somebody renews, and heals when nobody does', async () => {
      const extensions = (await ToxiproxyExtensions.find(address))!;
      network = await ToxiproxyNetwork.create(address, edges, { extensions });
      network.close();
      ownerLease.stop();
      const keeper = new LeaseKeeper(extensions, LEASE);
      try {
        await cutFor(extensions);
        const socket = dial(EDGES[0]!);
        socket.write('hello\n');
        for (let watchedMs = 0; watchedMs < 1.5 * LEASE.leaseMs; watchedMs += SILENCE_MS) {
          assert.equal(await isSilent(socket), true);
        }
        keeper.stop();
        await isClosed(socket);
        await echo(dial(EDGES[0]!));
      } finally {
        keeper.stop();
        ownerLease = new LeaseKeeper(extensions);
      }
    });

    it('tells afterwards which refusals had ended by themselves', async () => {
      const extensions = (await ToxiproxyExtensions.find(address))!;
      network = await ToxiproxyNetwork.create(address, edges, { extensions });
      const fault = network.forFault('test');
      await fault.refuse(EDGES);
      network.close();
      ownerLease.stop();
      try {
        await extensions.disable([EDGES[1]!], 100);
        await pollUntil(
          async () => {
            const proxies = await new Toxiproxy(`http://${formatAddress(address)}`).getAll();
            const { enabled } = proxies[EDGES[1]!]!;
            return enabled ? { done: true, value: true } : { done: false, seen: 'it is disabled' };
          },
          { subject: `the lease on ${EDGES[1]} to end`, timeoutMs: ANSWER_MS },
        );
        await echo(dial(EDGES[1]!));
        await isRefused(EDGES[0]!);
        await fault.heal(EDGES);
        assert.deepEqual(fault.lapsed, [EDGES[1]]);
        await echo(dial(EDGES[0]!));
      } finally {
        ownerLease = new LeaseKeeper(extensions);
      }
    });

    it('tells afterwards which cuts had ended by themselves', async () => {
      const extensions = (await ToxiproxyExtensions.find(address))!;
      network = await ToxiproxyNetwork.create(address, edges, { extensions });
      await network.forFault('test').impair(EDGES, CUT);
      await extensions.remove([{ proxy: EDGES[1]!, name: 'test_blackhole_upstream' }]);
      await network.forFault('test').heal(EDGES);
      await network.forFault('test').heal(EDGES);
      assert.deepEqual(network.forFault('test').lapsed, [EDGES[1]]);
    });
  });

  it('says what the server said when the edges cannot be made', async () => {
    const taken = edges.map((edge) => ({ ...edge, listen: edge.upstream }));
    await assert.rejects(ToxiproxyNetwork.create(address, taken, { extensions: null }), {
      code: 'edges-not-created',
      message: `The Toxiproxy server at http://${LOOPBACK}:${address.port} did not create the edges: Request failed with status code 500`,
    });
  });
});
