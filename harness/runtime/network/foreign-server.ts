import { Toxiproxy } from 'toxiproxy-node-client';
import { EXIT_USAGE, messageOf, Problem } from '../../base/errors.ts';
import { type Address, formatAddress } from '../../model/topology.ts';

/** Proxies of ours on a Toxiproxy server that is not ours. */
export interface ForeignProxies {
  readonly server: Address;
  readonly names: readonly string[];
}

const ANSWER_TIMEOUT_MS = 3000;

/**
 * The address in `http://127.0.0.1:8474`.
 * @throws Problem `bad-toxiproxy` (exit code 4).
 */
export function parseServerUrl(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' && url.pathname === '/') return { host: url.hostname, port: Number(url.port || 80) };
  throw new Problem(`--toxiproxy ${text}: expected the address of a Toxiproxy server, as http://127.0.0.1:8474`, {
    code: 'bad-toxiproxy',
    hint: 'With "--runtime docker" it is the name of an image instead. Without the option Faultline brings its own server.',
    exitCode: EXIT_USAGE,
  });
}

/**
 * The version that a server tells.
 * @throws Problem `toxiproxy-silent` (exit code 4).
 */
export async function versionOfServer(server: Address): Promise<string> {
  const url = `http://${formatAddress(server)}`;
  try {
    const response = await fetch(`${url}/version`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    const { version } = (await response.json()) as { version: string };
    return version;
  } catch (thrown) {
    throw new Problem(`No Toxiproxy server answers at ${url}: ${messageOf(thrown)}`, {
      code: 'toxiproxy-silent',
      hint: 'Start it there, or leave --toxiproxy and FAULTLINE_TOXIPROXY out: then Faultline brings its own.',
      exitCode: EXIT_USAGE,
      cause: thrown,
    });
  }
}

/**
 * Makes sure that no proxy is there under one of these names: creating it would replace somebody else's.
 * @throws Problem `proxies-exist` (exit code 4).
 */
export async function expectNoProxies({ server, names }: ForeignProxies): Promise<void> {
  const taken = Object.keys(await client(server).getAll()).filter((name) => names.includes(name));
  if (taken.length === 0) return;
  throw new Problem(
    `The Toxiproxy server at ${formatAddress(server)} has proxies of these names already: ${taken.join(', ')}`,
    {
      code: 'proxies-exist',
      hint: 'Another run may be using it; what a dead one left there is removed by "npm run undo".',
      exitCode: EXIT_USAGE,
    },
  );
}

/** Removes our proxies and leaves all others alone; fine when some are gone, or the server is. */
export async function removeProxies({ server, names }: ForeignProxies): Promise<void> {
  const proxies = await client(server)
    .getAll()
    .catch(() => ({}));
  const ours = Object.entries(proxies).filter(([name]) => names.includes(name));
  await Promise.allSettled(ours.map(([, proxy]) => proxy.remove()));
}

function client(server: Address): Toxiproxy {
  return new Toxiproxy(`http://${formatAddress(server)}`);
}
