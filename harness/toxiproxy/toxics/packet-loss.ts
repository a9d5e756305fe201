import { Stage } from '../stage.ts';
import { probability, toxicKind } from '../toxic-kind.ts';

/**
 * Drops a chunk with probability `loss_rate`, and with `loss_rate + correlation` when the one before was dropped. On UDP
 * a chunk is a datagram. On TCP it is what one read returned: nothing retransmits it, so the receiver sees a stream with a
 * hole, not the delay that lost packets cause; for that, use latency with jitter.
 */
export const packetLoss = toxicKind({
  type: 'packet_loss',
  attributes: { loss_rate: probability, correlation: probability },
  datagrams: true,
  stage: (port, attributes) => new PacketLossStage(port, attributes),
});

class PacketLossStage extends Stage<'loss_rate' | 'correlation'> {
  #lastWasDropped = false;

  override data(chunk: Buffer): void {
    const { loss_rate, correlation } = this.attributes;
    this.#lastWasDropped = this.port.random.next() < loss_rate + (this.#lastWasDropped ? correlation : 0);
    if (!this.#lastWasDropped) this.port.send(chunk);
  }
}
