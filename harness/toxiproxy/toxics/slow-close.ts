import type { Alarm } from '../scheduler.ts';
import { type Attributes, Stage, type StagePort } from '../stage.ts';
import { milliseconds, toxicKind } from '../toxic-kind.ts';

/** Delays only the end of its stream, by `delay` ms. */
export const slowClose = toxicKind({
  type: 'slow_close',
  attributes: { delay: milliseconds },
  stage: (port, attributes) => new SlowCloseStage(port, attributes),
});

class SlowCloseStage extends Stage<'delay'> {
  #ended = false;
  readonly #alarm: Alarm;

  constructor(port: StagePort, attributes: Attributes<'delay'>) {
    super(port, attributes);
    this.#alarm = port.scheduler.alarm(() => this.port.finish());
  }

  override end(): void {
    this.#ended = true;
    this.#alarm.set(this.port.scheduler.nowMs() + this.attributes.delay);
  }

  /** A close that waits starts to wait anew. */
  override update(attributes: Attributes<'delay'>): void {
    super.update(attributes);
    if (this.#ended) this.end();
  }

  override release(): void {
    this.#alarm.clear();
    if (this.#ended) this.port.finish();
  }

  override dispose(): void {
    this.#alarm.clear();
  }
}
