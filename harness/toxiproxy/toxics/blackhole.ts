import { Stage } from '../stage.ts';
import { toxicKind } from '../toxic-kind.ts';

/**
 * Swallows all data of its stream and withholds every close of it, FIN or RST, until it is removed or the proxy goes:
 * what a cut cable does. New connections are accepted and stay unanswered. Removing it closes the connections that it
 * acted on.
 */
export const blackhole = toxicKind({
  type: 'blackhole',
  attributes: {},
  datagrams: true,
  stage: (port, attributes) => new BlackholeStage(port, attributes),
});

class BlackholeStage extends Stage {
  override data(): void {}

  override end(): void {}

  override release(): void {
    this.port.closeConnection();
  }

  override get withholdsClose(): boolean {
    return true;
  }
}
