import { connect, type Socket } from 'node:net';
import { pollUntil } from '../../base/poll.ts';

/** Long enough for a loaded machine: a test never waits this long unless it fails. */
export const PATIENCE_MS = 15_000;

/** One end of a TCP connection under test: writes down what it sees. */
export class Peer {
  readonly socket: Socket;
  readonly startedAtMs = performance.now();
  /** How the other side ended the connection: FIN, RST, or not yet. */
  ending: 'open' | 'fin' | 'reset' = 'open';
  firstByteAtMs: number | undefined;
  endedAtMs: number | undefined;
  #chunks: Buffer[] = [];
  receivedBytes = 0;
  connected: boolean;

  constructor(socket: Socket) {
    this.socket = socket;
    this.connected = !socket.connecting;
    socket.on('connect', () => {
      this.connected = true;
    });
    socket.on('data', (chunk) => {
      this.firstByteAtMs ??= performance.now();
      this.receivedBytes += chunk.length;
      this.#chunks.push(chunk);
    });
    socket.on('end', () => this.#end('fin'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') this.#end('reset');
    });
  }

  get bytes(): Buffer {
    this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!;
  }

  get text(): string {
    return this.bytes.toString('latin1');
  }

  write(data: string | Buffer): void {
    this.socket.write(data);
  }

  /** @throws Problem when it does not come true. */
  async until(subject: string, holds: () => boolean, timeoutMs = PATIENCE_MS): Promise<void> {
    await pollUntil(
      () =>
        holds()
          ? { done: true, value: undefined }
          : { done: false, seen: `${this.receivedBytes} bytes, ${this.ending}` },
      { subject, timeoutMs, intervalMs: 2 },
    );
  }

  async untilText(text: string): Promise<void> {
    await this.until(`${JSON.stringify(text.slice(0, 60))} to arrive`, () => this.text === text);
  }

  async untilBytes(count: number): Promise<void> {
    await this.until(`${count} bytes to arrive`, () => this.receivedBytes >= count);
  }

  async untilEnded(ending: 'fin' | 'reset'): Promise<void> {
    await this.until(`a ${ending}`, () => this.ending === ending);
  }

  #end(ending: 'fin' | 'reset'): void {
    this.ending = ending;
    this.endedAtMs ??= performance.now();
  }
}

/** A client that has connected, or failed to. */
export async function dial(port: number, { host = '127.0.0.1' }: { host?: string } = {}): Promise<Peer> {
  const peer = new Peer(connect({ port, host, allowHalfOpen: true, noDelay: true }));
  await peer.until('the connection', () => peer.connected || peer.socket.destroyed);
  return peer;
}
