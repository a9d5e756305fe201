import { Redis } from 'ioredis';
import { freePort } from './free-ports.ts';
import { eventually } from './poll.ts';
import { Program } from './programs.ts';

/** A real Redis without persistence. */
export class RedisServer {
  readonly port: number;
  #program: Program;

  private constructor(port: number) {
    this.port = port;
    this.#program = this.#run();
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.ready();
    return server;
  }

  async restart(): Promise<void> {
    this.#program = this.#run();
    await this.ready();
  }

  async flush(): Promise<void> {
    await this.#withClient((client) => client.flushall());
  }

  /** How many there are. */
  async keys(): Promise<number> {
    return await this.#withClient((client) => client.dbsize());
  }

  async kill(): Promise<void> {
    await this.#program.stop('SIGKILL');
  }

  pause(): void {
    this.#program.signal('SIGSTOP');
  }

  resume(): void {
    this.#program.signal('SIGCONT');
  }

  async ready(): Promise<void> {
    await eventually('Redis to answer', () => this.#withClient((client) => client.ping()));
  }

  async #withClient<T>(use: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis({
      port: this.port,
      host: '127.0.0.1',
      disableClientInfo: true,
      commandTimeout: 2000,
      retryStrategy: () => null,
    });
    client.on('error', () => undefined);
    try {
      return await use(client);
    } finally {
      client.disconnect();
    }
  }

  #run(): Program {
    const port = String(this.port);
    return new Program('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']);
  }
}
