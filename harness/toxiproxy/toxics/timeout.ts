import type { Alarm } from '../scheduler.ts';
import { type Attributes, Stage, type StagePort } from '../stage.ts';
import { milliseconds, toxicKind } from '../toxic-kind.ts';

/**
 * Swallows all data and closes the connection after `timeout` ms without any; 0 never closes it. An end of the source
 * passes: `blackhole` withholds that too. Removing the toxic closes the connections that it acted on.
 */
export const timeout = toxicKind({
  type: 'timeout',
  attributes: { timeout: milliseconds },
  stage: (port, attributes) => new TimeoutStage(port, attributes),
});

class TimeoutStage extends Stage<'timeout'> {
  readonly #alarm: Alarm;

  constructor(port: StagePort, attributes: Attributes<'timeout'>) {
    super(port, attributes);
    this.#alarm = port.scheduler.alarm(() => this.port.finish());
  }

  override start(): void {
    this.#restart();
  }

  override data(): void {
    this.#restart();
  }

  override update(attributes: Attributes<'timeout'>): void {
    super.update(attributes);
    this.#restart();
  }

  override release(): void {
    this.#alarm.clear();
  }

  override remove(): void {
    this.#alarm.clear();
    this.port.closeConnection();
  }

  override dispose(): void {
    this.#alarm.clear();
  }

  #restart(): void {
    if (this.attributes.timeout > 0) this.#alarm.set(this.port.scheduler.nowMs() + this.attributes.timeout);
    else this.#alarm.clear();
  }
}
