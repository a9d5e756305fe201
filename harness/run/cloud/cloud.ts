import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, Problem } from '../../base/errors.ts';
import type { RunningTarget } from '../../model/running-target.ts';
import type { TargetMeasures } from '../../model/target-measures.ts';
import type { Address } from '../../model/topology.ts';
import { NodesOnRequest } from './on-request.ts';

/** What was done to a node on request. */
export interface CloudAction {
  readonly node: string;
  readonly did: 'started' | 'stopped';
}

/** Statuses by the code of a Problem; what is not here went wrong on our side. */
const STATUSES: Readonly<Record<string, number>> = {
  'unknown-node': 404,
  'unknown-path': 404,
  'not-on-request': 403,
  'already-running': 409,
  'not-running': 409,
  'node-is-changing': 409,
  'target-not-up': 503,
};

/**
 * The harness as the target's cloud: an HTTP server that starts and stops those nodes which start on request, for whoever
 * scales the target and for the command `node`. Only the harness touches what runs the nodes.
 *
 *   GET /nodes                   the nodes that start on request, each with its state
 *   POST /nodes/<name>/start     answered when it is ready and takes traffic, or did not get there
 *   POST /nodes/<name>/stop      answered when it has ended
 *
 * Answers are JSON; a refusal is `{ error, message, hint }` with the code of a Problem.
 */
export class Cloud {
  readonly address: Address;
  readonly #server: Server;
  #nodes: NodesOnRequest | null = null;
  #onAction: (action: CloudAction) => void = () => undefined;

  private constructor(server: Server) {
    const { address, port } = server.address() as AddressInfo;
    this.address = { host: address, port };
    this.#server = server;
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  /** Listens; until `serve` there is no target to do anything to. */
  static async start(host: string): Promise<Cloud> {
    const server = createServer();
    server.listen(0, host);
    await once(server, 'listening');
    return new Cloud(server);
  }

  serve(
    running: RunningTarget,
    measures: Pick<TargetMeasures, 'inRotation'>,
    onAction: (action: CloudAction) => void,
  ): void {
    this.#nodes = new NodesOnRequest(running, measures);
    this.#onAction = onAction;
  }

  async close(): Promise<void> {
    this.#nodes = null;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body } = await this.#do(request.method ?? '', request.url ?? '').then(
      (result) => ({ status: 200, body: result }),
      refusal,
    );
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
  }

  async #do(method: string, path: string): Promise<unknown> {
    if (method === 'GET' && path === '/nodes') return { nodes: await this.#expectTarget().list() };
    const [, name, verb] = /^\/nodes\/([^/]+)\/(start|stop)$/.exec(path) ?? [];
    if (method !== 'POST' || name === undefined) {
      throw new Problem(`There is nothing at ${method} ${path}`, { code: 'unknown-path' });
    }
    const node = decodeURIComponent(name);
    const result = verb === 'start' ? await this.#expectTarget().start(node) : await this.#expectTarget().stop(node);
    this.#onAction({ node, did: verb === 'start' ? 'started' : 'stopped' });
    return result;
  }

  #expectTarget(): NodesOnRequest {
    if (this.#nodes !== null) return this.#nodes;
    throw new Problem('The target is not up', { code: 'target-not-up' });
  }
}

function refusal(thrown: unknown): { status: number; body: object } {
  const { code, hint } = thrown instanceof Problem ? thrown : { code: 'failed', hint: undefined };
  return { status: STATUSES[code] ?? 500, body: { error: code, message: messageOf(thrown), hint } };
}
