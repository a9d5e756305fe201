import { Stage } from '../stage.ts';
import { bytes, toxicKind } from '../toxic-kind.ts';

/** Lets exactly `bytes` bytes of its stream through on each connection, then closes it. */
export const limitData = toxicKind({
  type: 'limit_data',
  attributes: { bytes },
  stage: (port, attributes) => new LimitDataStage(port, attributes),
});

class LimitDataStage extends Stage<'bytes'> {
  /** Counted from when the toxic began to act; survives updates. */
  #passedBytes = 0;

  override data(chunk: Buffer): void {
    const allowed = chunk.subarray(0, Math.max(0, this.attributes.bytes - this.#passedBytes));
    this.#passedBytes += allowed.length;
    if (allowed.length > 0) this.port.send(allowed);
    if (this.#passedBytes >= this.attributes.bytes) this.port.finish();
  }
}
