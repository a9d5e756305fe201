import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Carries TCP to a port, and can fall silent: then nothing passes, nothing is closed, and new connections are accepted
 * and stay unanswered, as when a datacenter loses its power.
 */
export class Relay {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #silent = false;

  private constructor(server: Server, targetPort: number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client) => this.#join(client, connect(targetPort, '127.0.0.1')));
  }

  static async to(targetPort: number): Promise<Relay> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Relay(server, targetPort);
  }

  silence(): void {
    this.#silent = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** Cuts every connection, at both ends. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Lets new connections pass again; those that were silent stay open, and silent. */
  letNewPass(): void {
    this.#silent = false;
  }

  /** Lets new connections pass again; those that were silent are cut. */
  restore(): void {
    this.letNewPass();
    this.cut();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  #join(client: Socket, target: Socket): void {
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('data', (data) => other.write(data));
      socket.on('error', () => socket.destroy());
      socket.once('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      if (this.#silent) socket.pause();
    }
  }
}
