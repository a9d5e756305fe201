import { type AddressInfo, createServer, type Server } from 'node:net';
import { pollUntil } from '../../base/poll.ts';
import { startToxiproxyServer, type ToxiproxyServer, type ToxiproxyServerOptions } from '../server.ts';
import { dial, PATIENCE_MS, Peer } from './peer.ts';

export interface Answer {
  status: number;
  text: string;
  headers: Headers;
  /** The text as JSON; the caller knows its shape. */
  json<T>(): T;
}

export interface ProxyJson {
  name: string;
  listen: string;
  upstream: string;
  enabled: boolean;
  toxics: ToxicJson[];
}

export interface ToxicJson {
  attributes: Record<string, number>;
  name: string;
  type: string;
  stream: string;
  toxicity: number;
  lease?: number;
}

/** A server under test, an upstream that does as it is told, and everything needed to stop both. */
export class Fixture {
  readonly server: ToxiproxyServer;
  readonly upstream: Upstream;
  readonly #clients: Peer[] = [];

  constructor(server: ToxiproxyServer, upstream: Upstream) {
    this.server = server;
    this.upstream = upstream;
  }

  static async start(options: ToxiproxyServerOptions = {}): Promise<Fixture> {
    return new Fixture(await startToxiproxyServer(options), await Upstream.start());
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.socket.destroy();
    await this.upstream.stop();
    await this.server.close();
  }

  async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(this.server.url + path, { method, headers, ...sent });
    const text = await response.text();
    return { status: response.status, text, headers: response.headers, json: <T>() => JSON.parse(text) as T };
  }

  /** A proxy to the upstream; resolves with its port. */
  async createProxy(name = 'edge', more: object = {}): Promise<number> {
    const body = { name, listen: '127.0.0.1:0', upstream: this.upstream.address, ...more };
    const answer = await this.request('POST', '/proxies', body);
    if (answer.status !== 201) throw new Error(`Creating ${name}: ${answer.status} ${answer.text}`);
    return Number(answer.json<ProxyJson>().listen.split(':').at(-1));
  }

  async addToxic(toxic: object, proxy = 'edge'): Promise<ToxicJson> {
    const answer = await this.request('POST', `/proxies/${encodeURIComponent(proxy)}/toxics`, toxic);
    if (answer.status !== 200) throw new Error(`Adding ${JSON.stringify(toxic)}: ${answer.status} ${answer.text}`);
    return answer.json<ToxicJson>();
  }

  async dial(port: number): Promise<Peer> {
    const client = await dial(port);
    this.#clients.push(client);
    return client;
  }

  /** A client and the upstream's end of the same connection. */
  async dialThrough(port: number): Promise<{ client: Peer; server: Peer }> {
    const before = this.upstream.peers.length;
    const client = await this.dial(port);
    return { client, server: await this.upstream.peer(before) };
  }
}

/** A server that only records, and speaks when a test makes it. */
export class Upstream {
  readonly peers: Peer[] = [];
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.peers.push(new Peer(socket)));
  }

  static async start(port = 0): Promise<Upstream> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return new Upstream(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** The n-th connection, counted from 0, when it has come. */
  peer(index: number): Promise<Peer> {
    return pollUntil(
      () => {
        const value = this.peers[index];
        return value === undefined ? { done: false, seen: `${this.peers.length} connections` } : { done: true, value };
      },
      { subject: `connection ${index + 1} at the upstream`, timeoutMs: PATIENCE_MS, intervalMs: 2 },
    );
  }

  async stop(): Promise<void> {
    for (const { socket } of this.peers) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
