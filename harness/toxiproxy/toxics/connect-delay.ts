import { Stage } from '../stage.ts';
import { milliseconds, toxicKind } from '../toxic-kind.ts';

/** Waits `delay` ms after accepting a connection before it dials the upstream (slow open). Live ones are untouched. */
export const connectDelay = toxicKind({
  type: 'connect_delay',
  attributes: { delay: milliseconds },
  stage: (port, attributes) => new Stage(port, attributes),
  doorkeeper: () => ({ admit: ({ delay }) => ({ delayMs: delay ?? 0 }) }),
});
