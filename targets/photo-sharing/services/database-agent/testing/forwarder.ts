import { createServer, connect as dial, type Server, type Socket } from 'node:net';

/** One edge of the tests: a listener that carries bytes to one address, until it is cut. */
export class Forwarder {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #gate: { cut: boolean };

  private constructor(server: Server, port: number, sockets: Set<Socket>, gate: { cut: boolean }) {
    this.#server = server;
    this.port = port;
    this.#sockets = sockets;
    this.#gate = gate;
  }

  static async open(target: number): Promise<Forwarder> {
    const sockets = new Set<Socket>();
    const gate = { cut: false };
    // Small messages back and forth would each wait 40 ms for a delayed acknowledgement otherwise.
    const server = createServer({ noDelay: true }, (incoming) => {
      sockets.add(incoming);
      incoming.on('error', () => incoming.destroy());
      incoming.on('close', () => sockets.delete(incoming));
      if (gate.cut) return void incoming.on('data', () => undefined);
      const outgoing = dial({ port: target, host: '127.0.0.1', noDelay: true });
      sockets.add(outgoing);
      outgoing.on('close', () => sockets.delete(outgoing));
      carry(incoming, outgoing, gate);
      carry(outgoing, incoming, gate);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('Expected a TCP address');
    return new Forwarder(server, address.port, sockets, gate);
  }

  /** Bytes are swallowed both ways; connections are accepted and stay unanswered. */
  cut(): void {
    this.#gate.cut = true;
  }

  /** What lived through the cut has lost bytes, so it is closed. */
  heal(): void {
    this.#gate.cut = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

function carry(from: Socket, to: Socket, gate: { cut: boolean }): void {
  from.on('data', (chunk) => {
    if (!gate.cut && !to.destroyed) to.write(chunk);
  });
  from.on('error', () => to.destroy());
  from.on('end', () => {
    if (!gate.cut) to.end();
  });
  from.on('close', () => {
    if (!gate.cut) to.destroy();
  });
}
