import { fileURLToPath } from 'node:url';
import type { Address } from '../../model/topology.ts';
import { awaitAllReady } from '../bring-up.ts';
import { LEASE_MS } from '../network/lease-keeper.ts';
import type { LoggedProcess } from './logged-process.ts';

const SCRIPT = fileURLToPath(new URL('../../toxiproxy/start.mjs', import.meta.url));
const START_TIMEOUT_MS = 10_000;

/** Starts the embedded Toxiproxy server, which ends by itself when the harness is gone, and waits until its API answers. */
export async function startToxiproxy(
  server: LoggedProcess,
  { address, seed, signal }: { address: Address; seed: number; signal?: AbortSignal | undefined },
): Promise<void> {
  server.launch({
    executable: process.execPath,
    arguments: [
      ...['--disable-warning=ExperimentalWarning', '--max-semi-space-size=2', SCRIPT],
      ...['--host', address.host, '--port', String(address.port), '--seed', String(seed)],
      ...['--owner-lease', String(LEASE_MS)],
    ],
    environment: {},
  });
  const readiness = { kind: 'http', port: 'api', path: '/version' } as const;
  await awaitAllReady([{ process: server, readiness, address, listens: [address] }], {
    timeoutMs: START_TIMEOUT_MS,
    signal,
  });
}
