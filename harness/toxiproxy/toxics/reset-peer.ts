import type { Alarm } from '../scheduler.ts';
import { type Attributes, Stage, type StagePort } from '../stage.ts';
import { milliseconds, toxicKind } from '../toxic-kind.ts';

/** Answers the first data, or the end, of its stream with an RST to both sides `timeout` ms later; the data is lost. */
export const resetPeer = toxicKind({
  type: 'reset_peer',
  attributes: { timeout: milliseconds },
  stage: (port, attributes) => new ResetPeerStage(port, attributes),
});

class ResetPeerStage extends Stage<'timeout'> {
  #armedAtMs: number | undefined;
  readonly #alarm: Alarm;

  constructor(port: StagePort, attributes: Attributes<'timeout'>) {
    super(port, attributes);
    this.#alarm = port.scheduler.alarm(() => this.port.resetConnection());
  }

  override data(): void {
    this.#arm();
  }

  override end(): void {
    this.#arm();
  }

  override update(attributes: Attributes<'timeout'>): void {
    super.update(attributes);
    if (this.#armedAtMs !== undefined) this.#alarm.set(this.#armedAtMs + attributes.timeout);
  }

  /** Data was lost already: going on as if nothing were missing would corrupt the stream, so the reset comes now. */
  override release(): void {
    this.#alarm.clear();
    if (this.#armedAtMs !== undefined) this.port.resetConnection();
  }

  override dispose(): void {
    this.#alarm.clear();
  }

  #arm(): void {
    if (this.#armedAtMs !== undefined) return;
    this.#armedAtMs = this.port.scheduler.nowMs();
    if (this.attributes.timeout === 0) this.port.resetConnection();
    else this.#alarm.set(this.#armedAtMs + this.attributes.timeout);
  }
}
