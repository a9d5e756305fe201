/**
 * Nodes that start beside others that serve take only the processor time that those leave, each until it is ready. In the
 * system that they stand for they would have processors of their own, and nobody else would notice that they start; here a
 * datacenter that starts again takes all of two processors for seconds.
 */
export class GivingWay {
  readonly #takePart: (node: string) => Promise<void>;
  readonly #ended = new Map<string, Promise<void>>();

  /** @param takePart gives a node as much as the others have; what goes wrong with that is nobody's problem. */
  constructor(takePart: (node: string) => Promise<void>) {
    this.#takePart = takePart;
  }

  /** This one does not give way any more. */
  end(node: string): void {
    if (!this.#ended.has(node))
      this.#ended.set(
        node,
        this.#takePart(node).catch(() => undefined),
      );
  }

  /** Returns when none of these gives way any more. */
  async endAll(nodes: readonly string[]): Promise<void> {
    for (const node of nodes) this.end(node);
    await Promise.all(this.#ended.values());
  }
}
