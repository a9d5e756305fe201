import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { SpanKind, trace } from '@opentelemetry/api';
import type { Address } from '../environment.ts';
import type { Logger } from '../log.ts';
import { fitUdp, type Resolution, resolve, type Zone } from './answers.ts';

const TCP_IDLE_MS = 5000;
const TCP_CONNECTIONS_MAX = 200;

export type Transport = 'udp' | 'tcp';

export interface NameServerOptions {
  zone: Zone;
  log: Logger;
  onAnswer: (transport: Transport, resolution: Resolution) => void;
}

/** DNS over UDP and TCP on one port. */
export class NameServer {
  readonly #options: NameServerOptions;
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #connections = new Set<Socket>();

  constructor(options: NameServerOptions) {
    this.#options = options;
    this.#udp = createSocket('udp4');
    this.#udp.on('message', (message, source) => {
      const resolution = this.#resolve('udp', message, source.address);
      if (resolution !== undefined) this.#udp.send(fitUdp(message, resolution.response), source.port, source.address);
    });
    this.#tcp = createServer((connection) => this.#serve(connection));
    this.#tcp.maxConnections = TCP_CONNECTIONS_MAX;
  }

  /** @returns the port, for the port 0 a free one. */
  async listen({ host, port }: Address): Promise<number> {
    this.#tcp.listen(port, host);
    await once(this.#tcp, 'listening');
    const bound = (this.#tcp.address() as AddressInfo).port;
    this.#udp.bind(bound, host);
    await once(this.#udp, 'listening');
    this.#udp.on('error', (error) => this.#options.log.warn({ err: error }, 'an answer could not be sent'));
    return bound;
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    this.#udp.close();
    this.#tcp.close();
    await once(this.#tcp, 'close');
  }

  /** Messages over TCP have their length before them, in two bytes. */
  #serve(connection: Socket): void {
    const source = connection.remoteAddress ?? '0.0.0.0';
    let received: Buffer = Buffer.alloc(0);
    this.#connections.add(connection);
    connection.once('close', () => this.#connections.delete(connection));
    connection.setTimeout(TCP_IDLE_MS, () => connection.destroy());
    connection.on('error', () => connection.destroy());
    connection.on('data', (data) => {
      received = Buffer.concat([received, data]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const resolution = this.#resolve('tcp', received.subarray(2, end), source);
        received = received.subarray(end);
        if (resolution === undefined) return void connection.destroy();
        const length = Buffer.alloc(2);
        length.writeUInt16BE(resolution.response.length);
        connection.write(Buffer.concat([length, resolution.response]));
      }
    });
  }

  #resolve(transport: Transport, message: Buffer, source: string): Resolution | undefined {
    const { zone, onAnswer } = this.#options;
    const span = trace.getTracer('geodns').startSpan('DNS query', { kind: SpanKind.SERVER });
    const resolution = resolve(message, source, zone);
    if (resolution !== undefined) {
      const { code, datacenter = 'none', network } = resolution;
      span.setAttributes({ 'network.transport': transport, 'dns.response_code': code, 'dns.datacenter': datacenter });
      if (network) span.setAttribute('dns.client_subnet', `${network.address}/${network.prefix}`);
      onAnswer(transport, resolution);
    }
    span.end();
    return resolution;
  }
}
