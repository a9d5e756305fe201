import { didYouMean } from '../../base/closest.ts';
import { EXIT_USAGE, Problem } from '../../base/errors.ts';
import { pollUntil } from '../../base/poll.ts';
import type { NodeStatus, RunningTarget } from '../../model/running-target.ts';
import type { TargetMeasures } from '../../model/target-measures.ts';
import { startsWithTarget } from '../../model/topology.ts';

/** A load balancer needs a few checks to take a new server in. */
const ROTATION_TIMEOUT_MS = 10_000;

/** A node that starts on request, as it is now. */
export interface NodeOnRequest {
  readonly node: string;
  readonly state: NodeStatus['state'];
}

/** What became of a start. */
export interface StartedNode extends NodeOnRequest {
  /** Whether users are sent to it; null: nobody can tell. */
  readonly inRotation: boolean | null;
}

/** The nodes of a running target that start on request: they can be started and stopped, and no others. */
export class NodesOnRequest {
  readonly #running: RunningTarget;
  readonly #measures: Pick<TargetMeasures, 'inRotation'>;
  /** Nodes that are just being started or stopped. */
  readonly #changing = new Set<string>();

  constructor(running: RunningTarget, measures: Pick<TargetMeasures, 'inRotation'>) {
    this.#running = running;
    this.#measures = measures;
  }

  async list(): Promise<NodeOnRequest[]> {
    return await Promise.all(
      this.#names().map(async (node) => ({ node, state: (await this.#running.status(node)).state })),
    );
  }

  /**
   * Starts a node, and waits until it is ready and users are sent to it.
   * @throws Problem `unknown-node`, `not-on-request`, `already-running`, `node-is-changing`, or why it did not start.
   */
  async start(node: string): Promise<StartedNode> {
    return await this.#change(node, async ({ state }) => {
      if (state === 'running' || state === 'paused')
        throw unsuitableState(node, 'already-running', `is ${state} already`);
      await this.#running.start([node]);
      return { node, state: 'running', inRotation: await this.#awaitRotation(node) };
    });
  }

  /**
   * Asks a node to end, and waits until it has.
   * @throws Problem `unknown-node`, `not-on-request`, `not-running`, `node-is-changing`.
   */
  async stop(node: string): Promise<NodeOnRequest> {
    return await this.#change(node, async ({ state }) => {
      if (state !== 'running' && state !== 'paused') throw unsuitableState(node, 'not-running', 'does not run');
      await this.#running.stop([node]);
      return { node, state: 'exited' };
    });
  }

  async #awaitRotation(node: string): Promise<boolean | null> {
    const look = async () => {
      const is = await this.#measures.inRotation(this.#running, node);
      return is === false ? ({ done: false, seen: 'not in rotation' } as const) : ({ done: true, value: is } as const);
    };
    const limits = { subject: `${node} to take traffic`, timeoutMs: ROTATION_TIMEOUT_MS, intervalMs: 100 };
    return await pollUntil(look, limits).catch(() => false);
  }

  async #change<T>(node: string, change: (status: NodeStatus) => Promise<T>): Promise<T> {
    this.#expectOnRequest(node);
    if (this.#changing.has(node)) throw unsuitableState(node, 'node-is-changing', 'is just being started or stopped');
    this.#changing.add(node);
    try {
      return await change(await this.#running.status(node));
    } finally {
      this.#changing.delete(node);
    }
  }

  #names(): string[] {
    return this.#running.topology.nodes.filter((node) => !startsWithTarget(node)).map(({ name }) => name);
  }

  #expectOnRequest(node: string): void {
    const { name, nodes } = this.#running.topology;
    const names = this.#names();
    if (names.includes(node)) return;
    const exists = nodes.some((candidate) => candidate.name === node);
    const message = exists
      ? `${node} starts with ${name} and is not to be started or stopped on request`
      : `${name} has no node "${node}"${didYouMean(node, names)}`;
    throw new Problem(message, {
      code: exists ? 'not-on-request' : 'unknown-node',
      hint: names.length === 0 ? `${name} has no nodes that start on request.` : `On request: ${names.join(', ')}.`,
      exitCode: EXIT_USAGE,
    });
  }
}

function unsuitableState(node: string, code: string, words: string): Problem {
  return new Problem(`${node} ${words}`, { code, exitCode: EXIT_USAGE });
}
