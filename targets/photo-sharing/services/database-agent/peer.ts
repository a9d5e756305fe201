import type { Address } from '../environment.ts';

/** What the other node's agent tells about itself on GET /state. */
export interface AgentState {
  node: string;
  zone: string;
  role: string;
  epoch: number;
  inSync: boolean;
  lsn: string;
  /** How long ago `lsn` was read from the database. */
  lsnAgeMs: number;
  lagMs: number | null;
  streaming: boolean;
  ready: boolean;
}

/** The other node's agent, through its edge. */
export class PeerAgent {
  readonly #base: string;

  constructor({ host, port }: Address) {
    this.#base = `http://${host}:${port}`;
  }

  /** Undefined when it does not answer in time. */
  async state(): Promise<AgentState | undefined> {
    const value = await this.#json('/state', {});
    return isAgentState(value) ? value : undefined;
  }

  /** Whether the standby promises not to promote; an answer that does not come is a refusal. */
  async promises(request: { from: string; epoch: number; promiseMs: number }): Promise<boolean> {
    const { promiseMs, ...body } = request;
    const value = await this.#json('/promise', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return isPromise(value) && value.promiseMs >= promiseMs;
  }

  async #json(path: string, request: RequestInit): Promise<unknown> {
    try {
      const response = await fetch(this.#base + path, { ...request, signal: AbortSignal.timeout(ANSWER_MS) });
      const value: unknown = await response.json();
      return response.ok ? value : undefined;
    } catch {
      return undefined;
    }
  }
}

function isAgentState(value: unknown): value is AgentState {
  return typeof value === 'object' && value !== null && 'role' in value && 'lsnAgeMs' in value;
}

function isPromise(value: unknown): value is { promiseMs: number } {
  return typeof value === 'object' && value !== null && 'promiseMs' in value && typeof value.promiseMs === 'number';
}

/** Short enough for several requests within the step-down limit. */
const ANSWER_MS = 400;
