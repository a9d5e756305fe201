import type { Upstream } from './fixture.ts';
import { dial } from './peer.ts';

const CONNECTIONS = 16;

/**
 * Makes a proxy `edge` with a toxic of toxicity 0.5, and tells on which connections, made one after the other, it acted.
 * `between` is called after each of them.
 */
export async function draws(url: string, upstream: Upstream, between: () => Promise<unknown> = async () => {}) {
  const toxics = [{ type: 'limit_data', stream: 'upstream', toxicity: 0.5, attributes: { bytes: 0 } }];
  const body = JSON.stringify({ name: 'edge', listen: '127.0.0.1:0', upstream: upstream.address, toxics });
  const { listen } = (await (await fetch(`${url}/proxies`, { method: 'POST', body })).json()) as { listen: string };
  const acted: boolean[] = [];
  for (let index = 0; index < CONNECTIONS; index += 1) {
    const before = upstream.peers.length;
    const client = await dial(Number(listen.split(':')[1]));
    const server = await upstream.peer(before);
    client.write('x');
    await server.until('a byte or the end', () => server.text === 'x' || server.ending === 'fin');
    acted.push(server.text === '');
    client.socket.destroy();
    await between();
  }
  return acted;
}
