import { Stage } from '../stage.ts';
import { toxicKind } from '../toxic-kind.ts';

/** Changes nothing. */
export const noop = toxicKind({
  type: 'noop',
  attributes: {},
  datagrams: true,
  stage: (port, attributes) => new Stage(port, attributes),
});
