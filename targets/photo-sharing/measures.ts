import type { TargetMeasures } from '../../harness/model/target-measures.ts';
import { formatAddress } from '../../harness/model/topology.ts';
import { nodesOf, REQUEST_TIMEOUT_MS } from './direct-access.ts';

/** What the load balancers and databases count by themselves. */
export const photoSharingMeasures: TargetMeasures = {
  async requestsCounted(running) {
    const counts = await Promise.all(
      nodesOf(running, 'load-balancer').map(async (node) => {
        const count = await frontendRequests(formatAddress(running.addressOf(node, 'metrics')));
        return [node, count] as const;
      }),
    );
    return Object.fromEntries(counts.filter((entry): entry is [string, number] => entry[1] !== null));
  },
};

/** What HAProxy counted of the site's requests; null when it does not answer. */
async function frontendRequests(host: string): Promise<number | null> {
  try {
    const response = await fetch(`http://${host}/metrics`, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    const [, count] = /^haproxy_frontend_http_requests_total\{proxy="site"\} (\S+)$/m.exec(await response.text()) ?? [];
    return count === undefined ? null : Number(count);
  } catch {
    return null;
  }
}
