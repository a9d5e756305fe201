import { Problem } from '../../base/errors.ts';
import type { Launched } from '../launched.ts';

/**
 * Aborted when the Toxiproxy server ends although nobody asked it to: every edge is gone with it, and whatever happens
 * to the target then is no answer to the experiment's question.
 * @param closing aborted before it is ended in order.
 */
export function lossOfServer(server: Launched, closing: AbortSignal): AbortSignal {
  const lost = new AbortController();
  void server.ended.then(({ how }) => {
    if (closing.aborted) return;
    lost.abort(
      new Problem(`The Toxiproxy server, which carries every edge, ended in the middle of the run: ${how}`, {
        code: 'toxiproxy-lost',
        hint: 'The end of its log, toxiproxy.log, may say why.',
      }),
    );
  });
  return lost.signal;
}
