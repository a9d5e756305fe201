import { request } from 'undici';
import type { Address } from '../environment.ts';

const LIST_LIMIT_MS = 2000;
/** A start ends when the server takes traffic, or has not come so far. */
const CHANGE_LIMIT_MS = 30_000;

/** Who starts and stops machines for us, over HTTP. */
export class Cloud {
  readonly #origin: string;

  constructor({ host, port }: Address) {
    this.#origin = `http://${host}:${port}`;
  }

  /** The nodes that can be started and stopped, and whether each runs. */
  async list(): Promise<{ node: string; runs: boolean }[]> {
    const { nodes } = (await this.#ask('GET', '/nodes', LIST_LIMIT_MS)) as { nodes: { node: string; state: string }[] };
    return nodes.map(({ node, state }) => ({ node, runs: state === 'running' }));
  }

  /** Rejects when it was refused, or did not work. */
  async change(node: string, verb: 'start' | 'stop'): Promise<void> {
    await this.#ask('POST', `/nodes/${encodeURIComponent(node)}/${verb}`, CHANGE_LIMIT_MS);
  }

  async #ask(method: 'GET' | 'POST', path: string, limitMs: number): Promise<unknown> {
    const { statusCode, body } = await request(this.#origin + path, { method, signal: AbortSignal.timeout(limitMs) });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${method} ${path}: status ${statusCode} ${text.trim()}`);
    return JSON.parse(text);
  }
}
