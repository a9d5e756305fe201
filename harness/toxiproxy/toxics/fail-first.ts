import { Stage } from '../stage.ts';
import { toxicKind } from '../toxic-kind.ts';

/** Resets the first `connections` connections that come after it was added, without dialling the upstream. */
export const failFirst = toxicKind({
  type: 'fail_first',
  attributes: {
    connections: { integer: true, minimum: 0, maximum: Number.MAX_SAFE_INTEGER, unit: 'connections' },
  },
  stage: (port, attributes) => new Stage(port, attributes),
  doorkeeper: () => {
    let failed = 0;
    return {
      admit: ({ connections }) => {
        if (failed >= (connections ?? 0)) return { delayMs: 0 };
        failed += 1;
        return 'refuse';
      },
    };
  },
});
